"""The README's pictures and its short capture, taken of the bundled phantoms with the demonstration weights."""

import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page

from explainers.registry import EXPLAINERS

CASE, FINDING = "patientPHANTOM80140_study1_view1_frontal", "Cardiomegaly"
MOST = 400_000  # bytes of one picture
WIDTH = 920  # pixels of the capture
THREE = ["raw", "gradcam", "gradcam++"]  # panes of the pictures that show more than panes
STRONGEST = [(224, 224), (160, 288), (416, 352), (224, 288), (352, 288)]  # patches for the finding, in view coordinates
_SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_READY = """() => document.querySelector('.viewer')?.getAttribute('aria-busy') === 'false'
    && [...document.querySelectorAll('.pane:not([hidden])')]
        .filter((pane) => pane.querySelector('.score').textContent).length > 2"""
_SLIDE = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }"


def take(browser: Browser, address: str, out: Path) -> None:
    """Write explore.webp, take-apart.webp, trust.webp and explore-moves.webp into a folder."""
    page = browser.new_page(viewport={"width": 1440, "height": 1180})
    page.set_default_timeout(120_000)
    _open(page, address, {})
    _keep(page.screenshot(), out / "explore.webp")

    _open(page, address, {"panes": _only(THREE)})
    page.get_by_role("button", name="Patches", exact=True).click()
    for point in STRONGEST:
        page.mouse.click(*_screen(page, point))
    page.mouse.move(*_screen(page, (300, 300)))
    page.evaluate(_SETTLED)
    _keep(page.screenshot(full_page=True, clip=_box(page, ".film", ".apart")), out / "take-apart.webp")
    _capture(page, address, out / "explore-moves.webp")

    _open(page, address, {})
    page.get_by_role("tab", name="Trust").click()
    page.locator(".trust .opinion").nth(1).wait_for()
    page.get_by_role("button", name="Run the checks").click()
    page.locator(".case-bar .count").filter(has_text=re.compile(r"(\d+) of \1 checks done")).wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)
    _keep(page.screenshot(), out / "trust.webp")
    page.close()


def _only(keys: list[str]) -> dict[str, list[str]]:
    return {"order": keys, "hidden": [key for key in ("radiograph", *EXPLAINERS, "agreement") if key not in keys]}


def _open(page: Page, address: str, parts: dict[str, object]) -> None:
    fields = {"case": CASE, "finding": FINDING} | {name: json.dumps(part) for name, part in parts.items()}
    page.goto("about:blank")
    page.goto(f"{address}#{urlencode(fields)}")
    page.wait_for_function(_READY)
    page.wait_for_timeout(1500)  # thumbnails come in


def _box(page: Page, first: str, last: str) -> FloatRect:
    """The part of the page from the top of one element to the bottom of another, as wide as the first."""
    boxes = [page.locator(selector).first.bounding_box() for selector in (first, last)]
    above, below = boxes
    assert above is not None and below is not None
    return {
        "x": above["x"],
        "y": above["y"],
        "width": above["width"],
        "height": below["y"] + below["height"] - above["y"],
    }


def _screen(page: Page, point: tuple[float, float], key: str = "raw") -> tuple[float, float]:
    box = page.locator(f'[data-method="{key}"] .stage').bounding_box()
    assert box is not None
    return box["x"] + point[0] / 512 * box["width"], box["y"] + point[1] / 512 * box["height"]


def _keep(picture: bytes, path: Path) -> None:
    """Write a picture as well as its size allows."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for quality in (92, 86, 80, 72):
        image.save(path, quality=quality, method=6)
        if path.stat().st_size < MOST:
            return


def _capture(page: Page, address: str, path: Path) -> None:
    """Six seconds: the threshold moves, patches are switched off, the panes zoom in and back."""
    _open(page, address, {"panes": _only(THREE)})
    clip = _box(page, ".film", ".film")
    frames: list[Image.Image] = []
    lasts: list[int] = []

    def frame(milliseconds: int = 100) -> None:
        page.evaluate(_SETTLED)
        image = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")
        size = WIDTH, round(WIDTH * image.height / image.width)
        frames.append(image.resize(size, Image.Resampling.LANCZOS))
        lasts.append(milliseconds)

    page.get_by_role("button", name="Patches", exact=True).click()
    clip = _box(page, ".film", ".film")
    slider = page.get_by_role("slider", name="Threshold")
    frame(500)
    for percent in [*range(54, 84, 4), *range(80, 28, -4), *range(32, 52, 4)]:
        slider.evaluate(_SLIDE, str(percent / 100))
        frame(80)
    frame(400)
    for point in STRONGEST:
        page.mouse.click(*_screen(page, point))
        frame(350)
    frame(600)
    for level in range(1, 9):
        page.evaluate(
            """([share]) => { const { viewer } = [...document.querySelectorAll('*')].find((e) => e.viewer);
            const size = 512 - 272 * share;
            viewer.view.moveTo(136 * share, 150 * share, size); viewer.placePanes(); }""",
            [level / 8],
        )
        frame(70)
    frame(900)
    page.keyboard.press("0")
    frame(300)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=lasts, loop=0, quality=72, method=4)
