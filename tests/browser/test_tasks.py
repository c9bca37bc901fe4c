"""What a clinician and a researcher come for, from start to finish, with the bundled phantoms and models.

Each step has a test of its own elsewhere; that they follow one another on one page is among the thorough tests.

The clinician opens, windows, looks into an apex at 400 %, takes patches out, draws, prints, and reads a second time.

With the variable SCREENSHOTS naming a folder, pictures of each stage are written there.
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Download, Page, expect

from data_cache.demo import DEMO_ROOT
from data_cache.findings import FINDINGS
from evaluation.localization import Overlap, dice, iou_all
from explainers.registry import EXPLAINERS, STANDARD
from tests.browser.test_app import explained, upload
from ui.catalogue import Catalogue
from ui.tuned import tuned_thresholds

PATIENCE = 60_000  # milliseconds; tests share their machine
PHANTOM = "patientPHANTOM80141_study3_view1_frontal"
VIEW = "[...document.querySelectorAll('*')].find((element) => element.viewer).viewer"
SIDE = 512


@pytest.fixture
def page(chromium: Browser, demo_address: str) -> Iterator[Page]:
    """A visitor's page, which must not complain and asks nothing of other hosts."""
    complaints: list[str] = []
    expect.set_options(timeout=PATIENCE)
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    page.set_default_timeout(PATIENCE)
    page.add_init_script("if (location.protocol !== 'about:') localStorage.setItem('explorer-tour', 'seen')")
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda r: None if r.url.startswith((demo_address, "data:", "blob:")) else complaints.append(r.url)
    )
    yield page
    page.close()
    assert complaints == []


def shoot(page: Page, name: str) -> None:
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(os.environ["SCREENSHOTS"]) / f"{name}.png")


def drawn(page: Page) -> None:
    """Wait until what was changed is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def screen(page: Page, point: tuple[float, float], key: str = "raw") -> tuple[float, float]:
    """Where on the screen a point of the models' input is in a pane, which shows the whole film around it."""
    box = page.locator(f'[data-method="{key}"] .stage').bounding_box()
    assert box is not None
    shown = page.evaluate(f"{VIEW}.view")
    across, down = ((at - shown[edge]) / shown["size"] for at, edge in zip(point, "xy", strict=True))
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def under(page: Page, place: tuple[float, float], key: str) -> tuple[float, float]:
    """The point of the models' input at a place on the screen: what `screen` undoes."""
    (x0, y0), (x1, y1) = screen(page, (0, 0), key), screen(page, (SIDE, SIDE), key)
    return SIDE * (place[0] - x0) / (x1 - x0), SIDE * (place[1] - y0) / (y1 - y0)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], key: str = "raw") -> None:
    page.mouse.move(*screen(page, start, key))
    page.mouse.down()
    page.mouse.move(*screen(page, end, key), steps=4)
    page.mouse.up()
    drawn(page)


def export(page: Page, what: str) -> tuple[str, bytes]:
    """Take one of the exports; returns the file's name and content."""
    page.locator(".toolbar").get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as coming:
        page.get_by_role("group", name="Export").get_by_role("button", name=what).click()
    return coming.value.suggested_filename, content_of(coming.value)


def content_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def levels(page: Page) -> dict[str, int]:
    return page.evaluate(f"Object.fromEntries({VIEW}.panes.map((pane) => [pane.key, pane.level]))")


@pytest.mark.thorough
def test_a_clinician_asks_why_takes_patches_out_and_takes_the_page_along(page: Page, demo_address: str) -> None:
    radiograph = DEMO_ROOT / "CheXpert/test/patientPHANTOM80141/study3/view1_frontal.jpg"
    page.goto(demo_address)
    explained(page)
    upload(page, "my chest.jpg", radiograph.read_bytes())
    expect(page.locator(".case-id")).to_contain_text("Upload 1, ")
    explained(page)
    page.get_by_role("button", name="Cardiomegaly, ").click()
    page.get_by_role("button", name="Window", exact=True).click()
    drag(page, (300, 300), (200, 260), "radiograph")
    expect(page.get_by_role("button", name="Reset window")).to_be_enabled()
    x, y = screen(page, (160, 130), "radiograph")
    pointer = (int(x), int(y))  # pointers are at whole pixels
    apex = under(page, pointer, "radiograph")
    page.mouse.move(*pointer)
    while int(page.locator(".toolbar .number").inner_text().removesuffix(" %")) < 400:
        page.mouse.wheel(0, -200)
        drawn(page)
    assert under(page, pointer, "radiograph") == pytest.approx(apex, abs=0.2)  # it stays under the pointer
    shoot(page, "clinician-0-apex")
    page.locator('[data-method="raw"] .stage').hover()
    page.keyboard.press("f")
    expect(page.locator(".pane:visible h3")).to_have_text(["Raw patch map"])
    page.wait_for_function("document.fullscreenElement !== null")
    shoot(page, "clinician-1-full-screen")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one may be the browser's own
    page.wait_for_function("document.fullscreenElement === null")
    page.keyboard.press("0")
    expect(page.locator(".pane:visible")).to_have_count(6)

    page.get_by_role("button", name="Patches", exact=True).click()
    page.mouse.click(*screen(page, (288, 352)))  # row 6, column 5 of 8
    page.mouse.click(*screen(page, (224, 352)))
    expect(page.get_by_role("group", name="Patches").locator(".result")).to_contain_text("62 of 64 patches left")
    shoot(page, "clinician-2-patches-off")
    name, numbers = export(page, "Numbers, JSON")
    said = json.loads(numbers)
    patches = np.array(said["patch_logits"], np.float64)  # 64 × 14
    assert said["settings"]["switched_off"] == [43, 44] and said["settings"]["window"]["width"] < 255
    kept = np.delete(patches, [43, 44], axis=0).mean(axis=0)[FINDINGS.index("Cardiomegaly")]
    probability = 1 / (1 + np.exp(-kept))
    assert said["probabilities_without_switched_off"]["Cardiomegaly"] == pytest.approx(probability, abs=1e-6)
    switches = f"{VIEW}.features.find((feature) => feature.key === 'patches').switches"
    browser = page.evaluate(f"[...{switches}.probabilities()]")[FINDINGS.index("Cardiomegaly")]
    assert browser == pytest.approx(probability, abs=1e-6)
    whole = said["probabilities"]["medicalpatchnet"]["Cardiomegaly"]
    expect(page.get_by_role("group", name="Patches").locator(".result")).to_contain_text(
        f"{whole:.2f} → {probability:.2f}"
    )

    page.get_by_role("button", name="Draw", exact=True).click()
    corners = [(200, 260), (360, 260), (360, 420), (200, 420)]
    for corner in [*corners, corners[0]]:
        page.mouse.click(*screen(page, corner))
    expect(page.locator(".own-list li")).to_have_count(1)
    name, drawing = export(page, "Drawings, COCO")
    assert name.endswith("-drawings-coco.json") and len(json.loads(drawing)["annotations"]) == 1
    name, report = export(page, "PDF report")
    assert name.endswith("-report.pdf") and report.startswith(b"%PDF-") and report.rstrip().endswith(b"%%EOF")
    for place in (str(Path(__file__).parents[2]), "/tmp/", "CreationDate", "site-packages"):
        assert place.encode() not in report
    expect(page.get_by_role("button", name="Copy link")).to_be_disabled()  # an upload has no link

    page.get_by_role("button", name="Second read").click()
    page.locator(f'[data-case="{PHANTOM}"]').click()
    expect(page.locator(".case-id")).to_contain_text("80141")
    expect(page.locator(".second-read .seen")).to_be_hidden()
    page.get_by_label("Cardiomegaly: Present").check()
    page.get_by_role("button", name="Record").click()
    expect(page.locator(".second-read tr", has_text="Cardiomegaly").locator("td").first).to_contain_text("present")
    page.get_by_role("button", name="Second read").click()
    explained(page)
    page.get_by_role("button", name="Patches", exact=True).click()
    page.mouse.click(*screen(page, (288, 352)))
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(link)
    explained(page)
    expect(page.locator(".case-id")).to_contain_text("80141")
    expect(page.get_by_role("group", name="Patches").locator(".result")).to_contain_text("63 of 64 patches left")
    expect(page.locator(".reading")).to_contain_text("Cardiomegaly")
    assert page.evaluate(f"{VIEW}.features.find((f) => f.key === 'window').state.width") < 255
    shoot(page, "clinician-3-link")


def polygon_mask(corners: list[tuple[int, int]]) -> NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.array(corners)], 1)
    return mask.astype(bool)


@pytest.mark.thorough
def test_a_researcher_compares_draws_exports_and_comes_back(page: Page, demo_address: str) -> None:
    alert = page.get_by_role("alert").first
    page.goto(f"{demo_address}#case=nobody&finding=Edema")
    explained(page)
    expect(alert).to_contain_text("The link asks for the case nobody, which is not in this list")
    first = page.locator(".case-id").inner_text()
    page.goto("about:blank")
    page.goto(f"{demo_address}#case=%ZZ&threshold=12&panes={{&zoom=[1]&=&finding=Ed%C3")
    explained(page)
    expect(page.locator(".case-id")).to_have_text(first)
    page.goto("about:blank")
    page.goto(f"{demo_address}#case={PHANTOM}&finding=Edema")
    explained(page)

    page.locator(".toolbar").get_by_role("button", name="Panes", exact=True).click()
    page.get_by_role("checkbox", name="Eigen-CAM").uncheck()
    page.get_by_role("checkbox", name="Agreement").check()
    page.get_by_role("button", name="Earlier: Grad-CAM", exact=True).click()
    page.locator(".toolbar").get_by_role("button", name="Panes", exact=True).click()
    expect(page.locator(".pane:visible h3").nth(2)).to_have_text("Grad-CAM")
    mode = page.locator(".thresholds select")
    seen = {}
    for key in ("absolute", "percentile", "range", "tuned"):
        mode.select_option(key)
        drawn(page)
        seen[key] = levels(page)
    assert seen["range"]["raw"] == 32500 and len({tuple(one.values()) for one in seen.values()}) == 4
    tuned = tuned_thresholds()
    assert tuned is not None
    assert seen["tuned"]["gradcam"] == round(tuned["thresholds"]["gradcam"]["Edema"] * 65000)
    page.locator(".rank-panel summary").click()
    expect(page.locator(".ranks td.self")).to_have_count(len(STANDARD) - 1)

    page.get_by_role("button", name="Draw", exact=True).click()
    page.locator('[data-method="raw"] .stage').scroll_into_view_if_needed()
    corners = [(120, 150), (300, 170), (280, 330), (140, 300)]
    for corner in [*corners, corners[0]]:
        page.mouse.click(*screen(page, corner))
    size = Catalogue(None).get(PHANTOM).size()
    square = {"image_id": 1, "category_id": 1, "segmentation": [[100, 100, 300, 100, 300, 300, 100, 300]]}
    image = {"id": 1, "file_name": f"{PHANTOM}.png", "height": size[0], "width": size[1]}
    coco = {"images": [image], "categories": [{"id": 1, "name": "Edema"}], "annotations": [{"id": 1} | square]}
    load = page.get_by_label("Load annotation")
    load.set_input_files({"name": "second.json", "mimeType": "", "buffer": json.dumps(coco).encode()})
    expect(page.locator(".own-list li")).to_have_count(2)
    page.locator(".comparison[open]").wait_for()
    expect(page.locator(".pair-matrix tbody th").filter(has_text="Simulated")).to_have_count(1)
    shoot(page, "researcher-1-two-annotations")
    for name, data, words in (
        ("bad.json", b"{", "annotation-"),
        ("none.json", json.dumps(coco | {"categories": []}).encode(), "annotation-"),
        ("large.png", bytes(3_000_000), "at most 2 MB"),
    ):
        load.set_input_files({"name": name, "mimeType": "", "buffer": data})
        expect(alert).to_contain_text(words)
        expect(page.locator(".own-list li")).to_have_count(2)
    page.get_by_role("button", name="Dismiss").click()

    said = json.loads(export(page, "Numbers, JSON")[1])
    table = list(csv.DictReader(io.StringIO(export(page, "Numbers, CSV")[1].decode("utf-8-sig"))))
    maps = np.load(io.BytesIO(export(page, "Maps")[1]), allow_pickle=False)
    drawing = json.loads(export(page, "Drawings, COCO")[1])
    assert list(said["methods"]) == ["raw", "gradcam", "scaled", "gradcam++"]
    assert said["settings"]["threshold_mode"] == "tuned"
    assert {key: one["level"] for key, one in said["methods"].items()}.items() <= seen["tuned"].items()
    mask = Catalogue(None).get(PHANTOM).masks["Edema"]
    own = polygon_mask(corners)
    for key, one in said["methods"].items():
        form = EXPLAINERS[key].view.published(maps[key], SIDE)[FINDINGS.index("Edema")].astype(float)
        above = (form - form.min()) / np.ptp(form) > tuned["thresholds"][key]["Edema"]
        overlap = Overlap.count(above, own)
        assert one["scores"]["A"]["iou"] == pytest.approx(float(iou_all(overlap)), abs=0.01)  # the border is OpenCV's
        assert one["scores"]["A"]["dice"] == pytest.approx(float(dice(overlap)), abs=0.01)
        (row,) = [r for r in table if (r["method"], r["finding"], r["reference"]) == (key, "Edema", "A")]
        assert float(row["iou"]) == pytest.approx(one["scores"]["A"]["iou"], abs=1e-9)
        text = page.locator(f'[data-method="{key}"] .score').inner_text()
        assert text == f"IoU {one['scores']['simulator']['iou']:.3f}"
    patches = maps["raw"].reshape(len(FINDINGS), -1).astype(float).mean(axis=1)
    assert patches == pytest.approx([said["logits"]["medicalpatchnet"][name] for name in FINDINGS], abs=1e-5)
    assert mask is not None and len(drawing["annotations"]) == 2
    assert drawing["annotations"][1]["bbox"] == [100, 100, 200, 200]

    with page.expect_download() as coming:
        page.get_by_role("button", name="Save session").click()
    session = content_of(coming.value)
    page.goto("about:blank")
    page.goto(demo_address)
    explained(page)
    page.get_by_label("Open session").set_input_files({"name": "s.json", "mimeType": "", "buffer": session})
    expect(page.locator(".case-id")).to_contain_text("80141")
    explained(page)
    expect(page.locator(".own-list li")).to_have_count(2)
    expect(mode).to_have_value("tuned")
    drawn(page)
    assert levels(page) == seen["tuned"]
    shoot(page, "researcher-2-session")
