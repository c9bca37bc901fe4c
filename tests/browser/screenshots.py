"""Pictures of the page for the README: `python -m tests.browser.screenshots --out DIR [--root DIR] [app's flags]`."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer
from playwright.sync_api import Browser

from tests.browser.chromium import launched
from tests.browser.running_app import running_app
from tests.browser.test_app import explained

SIZES = {"wide": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")


def shoot(browser: Browser, address: str, path: Path, size: tuple[int, int], scheme: Scheme) -> None:
    """Take one picture of the whole page with its first case explained."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1)
    page.goto(address)
    explained(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.thumbnails img')].slice(0, 3).every((i) => i.complete)"
    )
    page.wait_for_timeout(500)
    page.screenshot(path=path, full_page=True)
    page.close()


def main(
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    flags: Annotated[list[str] | None, typer.Argument(help="Flags for the app, after --.")] = None,
) -> None:
    """Take the page in light and dark, on three widths."""
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        launched() as browser,
        running_app(*(flags or []), temporary=Path(temporary)) as address,
    ):
        for name, size in SIZES.items():
            for scheme in SCHEMES:
                shoot(browser, address, out / f"explore-{name}-{scheme}.png", size, scheme)


if __name__ == "__main__":
    typer.run(main)
