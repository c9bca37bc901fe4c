"""Pictures of the page: `python -m tests.browser.screenshots --out DIR [--case ID] [--finding NAME] [--steps N]`.

With `--readme --out ui/pictures` it makes the README's pictures and its short capture anew. Flags for the app follow
after `--`.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from playwright.sync_api import Browser

from tests.browser.chromium import launched
from tests.browser.readme_pictures import take
from tests.browser.running_app import running_app
from tests.browser.test_app import explained

SIZES = {"large": (2560, 1440), "wide": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")


@dataclass(frozen=True)
class Scene:
    """What to show: a case of the list (the first where it is empty), a finding and the shift steps."""

    case: str
    finding: str
    steps: int


def shoot(browser: Browser, address: str, path: Path, size: tuple[int, int], scheme: Scheme, scene: Scene) -> None:
    """Take one picture of the whole page."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.set_default_timeout(120_000)
    page.goto(address)
    explained(page)
    if scene.case:
        page.locator(f'[data-case="{scene.case}"]').click()
        page.locator(".case-id").get_by_text(scene.case).wait_for()
        explained(page)
    if scene.steps > 1:
        page.get_by_role("button", name=f"{scene.steps}×{scene.steps}").click()
        page.locator(".refine .words").get_by_text("cells").wait_for()
        explained(page)
    if scene.finding:
        page.get_by_role("button", name=f"{scene.finding}, ").click()
    page.wait_for_timeout(1000)  # thumbnails come in
    page.screenshot(path=path, full_page=True)
    page.close()


def main(
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    case: Annotated[str, typer.Option(help="Case to open; without it the first.")] = "",
    finding: Annotated[str, typer.Option(help="Finding to choose.")] = "",
    steps: Annotated[int, typer.Option(help="Shift steps of the patch maps.")] = 1,
    readme: Annotated[bool, typer.Option("--readme", help="The README's pictures instead.")] = False,
    flags: Annotated[list[str] | None, typer.Argument(help="Flags for the app, after --.")] = None,
) -> None:
    """Take the page in light and dark, on four widths, or the README's pictures."""
    out.mkdir(parents=True, exist_ok=True)
    scene = Scene(case, finding, steps)
    with (
        tempfile.TemporaryDirectory() as temporary,
        launched() as browser,
        running_app(*(flags or []), temporary=Path(temporary)) as address,
    ):
        if readme:
            take(browser, address, out)
        for name, size in () if readme else SIZES.items():
            for scheme in SCHEMES:
                shoot(browser, address, out / f"explore-{name}-{scheme}.png", size, scheme, scene)


if __name__ == "__main__":
    typer.run(main)
