"""Modules in one file against the modules themselves, run by a browser, and by Node's rules on small ones."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import UI
from ui.bundle import BundleError, bundle
from ui.page_files import ENTRIES

MODULES = {
    "a.js": """import { b, C as D } from "./in/b.js";
import * as all from "./in/b.js";
import "./c.js";
export const sum = b(2) + new D().three;
export { all };
export { b as again } from "./in/b.js";
export * as c from "./c.js";
export * from "./d.js";
export function later() {
  return value;
}
const value = 7;
""",
    "in/b.js": 'import { count } from "../c.js";\n// import { x } from "./none.js";\nexport function b(n) {\n'
    "  return n * count();\n}\nexport class C {\n  three = 3;\n}\n",
    "c.js": """globalThis.times = (globalThis.times ?? 0) + 1;
let so_far = 4;
export async function wait() {}
export function count() {
  return (so_far += 1);
}
export { so_far as state };
""",
    "d.js": "/**\n * What stands here is not for the browser.\n * export default 3;\n */\n"
    "export let changed = 1;\nexport const change = () => (changed = 2);\n"
    "/** @type {any} */ (globalThis).cast = 5;\n/** What a cast is not. */\nexport const cast = globalThis.cast;\n",
}


def write(folder: Path, **changed: str) -> Path:
    for name, text in {**MODULES, **changed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def page(module_page: Page) -> Page:
    return module_page


def run(page: Page, module: str, expression: str) -> Any:
    """What an expression of `load` is, in a page that has imported the module's text."""
    return page.evaluate(
        "async ([text, expression]) => { const whole = new Blob([text], { type: 'text/javascript' });"
        " const { load } = await import(URL.createObjectURL(whole));"
        " return new Function('load', `return ${expression}`)(load); }",
        [module, expression],
    )


def test_every_form_means_what_it_means_in_modules(page: Page, tmp_path: Path) -> None:
    text = bundle(write(tmp_path), ["a.js", "c.js"])
    said = """(() => { const a = load('a.js'); const before = [a.sum, a.later(), a.c.state, a.changed]; a.change();
      return [...before, a.changed, a.again(1), load('c.js').state, a.all.b(1), a.c === load('c.js'), times, a.cast,
              Object.keys(a).sort()]; })()"""
    keys = sorted(["sum", "all", "again", "c", "cast", "changed", "change", "later"])
    assert "not for the browser" not in text
    assert run(page, text, said) == [2 * 5 + 3, 7, 5, 1, 2, 6, 6, 7, True, 1, 5, keys]


_REFUSED = [
    ("a.js", 'import x from "./c.js";\n', "a.js: this form cannot be bundled: import x"),
    ("a.js", "export default 3;\n", "a.js: this form cannot be bundled: export default 3;"),
    ("a.js", 'import { x } from "three";\n', 'cannot be bundled: import { x } from "three"'),
    ("a.js", 'import { x } from "./none.js";\n', "There is no module none.js."),
    ("a.js", 'import { x } from "../a.js";\n', "a.js imports ../a.js, which lies outside."),
    ("c.js", 'import { b } from "./in/b.js";\n', "in a circle: a.js → in/b.js → c.js → in/b.js."),
    ("a.js", "export const { p, q } = { p: 1, q: 2 };\n", "this form cannot be bundled"),
]


def test_other_forms_are_refused_by_name(tmp_path: Path) -> None:
    for number, (name, text, words) in enumerate(_REFUSED):
        with pytest.raises(BundleError, match=re.escape(words)):
            bundle(write(tmp_path / str(number), **{name: text}), ["a.js"])


# Every test of an app has its page from the one file, every test of a module from the modules.
@pytest.mark.thorough
def test_the_pages_modules_export_the_same_from_one_file(page: Page, module_page: Page) -> None:
    names = "Object.fromEntries(Object.entries(module).map(([key, value]) => [key, typeof value]))"
    of_entry = f"(entry) => {{ const module = load(entry); return [entry, {names}]; }}"
    whole = f"Object.fromEntries({json.dumps(ENTRIES)}.map({of_entry}))"
    together = run(page, bundle(UI, ENTRIES), whole)
    for entry in ENTRIES:
        apart = module_page.evaluate(f"import('/{entry}').then((module) => {names})")
        assert together[entry] == apart and apart
