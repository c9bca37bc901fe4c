"""The linters of the page's JavaScript, on a copy with planted faults: each fault is found, and nothing else is."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATH = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"  # as `make lint` looks for Node
NODE = shutil.which("node", path=PATH)

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs"),
    pytest.mark.skipif(
        not (ROOT / "node_modules" / "typescript").is_dir(), reason="needs node_modules, which `make lint` installs"
    ),
]

TYPE_ERROR = 'export const planted = thresholdLevel("a half");\n'
UNDECLARED_FIELD = "export const planted = new View().planted;\n"
NOT_SENT = "/** @param {CaseFacts} item */\nexport const planted = (item) => item.planted;\n"
UNUSED_NAME = "const planted = 1;\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's JavaScript and what checks it; the tools themselves are those of the project."""
    folder = tmp_path_factory.mktemp("javascript")
    for name in ("package.json", "tsconfig.json", "eslint.config.js"):
        shutil.copy(ROOT / name, folder)
    for path in (ROOT / "ui").rglob("*"):
        if path.name.endswith((".js", ".d.ts")):
            place = folder / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def append(folder: Path, name: str, text: str) -> None:
    path = folder / "ui" / name
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def run(folder: Path, *command: str) -> str:
    """What a tool of node_modules says."""
    tool = str(folder / "node_modules" / ".bin" / command[0])
    environment = {**os.environ, "PATH": PATH}
    done = subprocess.run(
        [tool, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode and not done.stderr, done.stderr
    return done.stdout


def errors_of_types(said: str) -> list[tuple[str, str]]:
    """File and number of each error."""
    return re.findall(r"^ui/([\w/.]+)\(\d+,\d+\): error (TS\d+)", said, re.MULTILINE)


def errors_of_lint(said: str) -> Sequence[str]:
    return [problem["ruleId"] for file in json.loads(said) for problem in file["messages"]]


def test_all_scripts_of_the_page_are_checked_strictly() -> None:
    """What is then found, the next test plants."""
    asked = json.loads((ROOT / "tsconfig.json").read_text("utf-8"))
    assert set(asked["include"]) >= {"ui/**/*.js", "ui/**/*.d.ts"} and "exclude" not in asked
    options = asked["compilerOptions"]
    assert options["allowJs"] and options["checkJs"] and options["strict"]
    assert not [name for name, value in options.items() if name.startswith(("strict", "noImplicit")) and not value]
    assert "tsc" in re.split(r" && ", json.loads((ROOT / "package.json").read_text("utf-8"))["scripts"]["lint"])


@pytest.mark.thorough
def test_wrong_types_undeclared_fields_and_fields_that_are_not_sent_are_found(copy: Path) -> None:
    append(copy, "js/maps.js", TYPE_ERROR)
    append(copy, "js/view.js", UNDECLARED_FIELD)
    append(copy, "js/header.js", NOT_SENT)
    messages = copy / "ui" / "js" / "messages.d.ts"
    text = messages.read_text("utf-8")
    messages.write_text(text.replace("  outline_is: string;\n", ""), "utf-8")  # as if it were not sent any more
    said = run(copy, "tsc", "--pretty", "false", "--singleThreaded")
    assert sorted(errors_of_types(said)) == [
        ("js/device/telling.js", "TS2561"), ("js/header.js", "TS2339"), ("js/maps.js", "TS2345"),
        ("js/reading/blind.js", "TS2561"), ("js/truth.js", "TS2551"), ("js/view.js", "TS2339"),
    ]  # fmt: skip
    assert said.count("'planted'") == 2 and said.count("'outline_is'") == 3


def test_an_unused_name_and_one_that_nobody_declared_are_found(copy: Path) -> None:
    append(copy, "js/ranks.js", UNUSED_NAME + "unheardOf();\n")
    assert errors_of_lint(run(copy, "eslint", "--format", "json", "ui/js/ranks.js")) == ["no-unused-vars", "no-undef"]
