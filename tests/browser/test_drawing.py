"""Drawing one's own annotation in the browser, against OpenCV, SciPy and NumPy."""

import base64
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from scipy.spatial.distance import directed_hausdorff

from data_cache.findings import FINDINGS
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from tests.browser.stage import SIDE, choose, inline, make_case, make_message, mount, random_explanations, say
from ui.messages import error_message, reply

OWN = "view.features.find((feature) => feature.key === 'annotations')"
PATCHES = "view.features.find((feature) => feature.key === 'patches')"
Mask = NDArray[np.bool_]


def maps(seed: int = 1) -> list[Explanation]:
    """One of patches and one of cells; what is drawn is scored in the panes of all methods alike."""
    return random_explanations(seed, ("raw", "gradcam"))


def begin(page: Page) -> None:
    """Mount a viewer that has the panes of these maps."""
    mount(page)
    page.evaluate("view.feature('panes').set(['radiograph', 'raw', 'gradcam'])")


@pytest.fixture
def page(module_page: Page) -> Page:
    module_page.set_viewport_size({"width": 1280, "height": 900})  # the mouse reaches what is on the screen only
    begin(module_page)
    say(module_page, make_message(make_case({"Edema": disc()}), maps()))
    choose(module_page, "Edema")
    module_page.evaluate("view.modes.choose('draw')")
    settle(module_page)
    return module_page


def disc(radius: float = 120, row: int = 200, column: int = 300) -> Mask:
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    return (rows - row) ** 2 + (columns - column) ** 2 < radius**2


def settle(page: Page) -> None:
    page.evaluate(f"async () => {{ await new Promise(requestAnimationFrame); {OWN}.settle(); {OWN}.draw(); }}")


def screen(page: Page, point: tuple[float, float], key: str = "raw") -> tuple[float, float]:
    """Where on the screen a point of the view is in a pane."""
    box = page.locator(f'[data-method="{key}"] .stage').bounding_box()
    assert box is not None
    return box["x"] + point[0] / SIDE * box["width"], box["y"] + point[1] / SIDE * box["height"]


def drag(page: Page, *points: tuple[float, float], key: str = "raw") -> None:
    page.mouse.move(*screen(page, points[0], key))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*screen(page, point, key))
    page.mouse.up()
    settle(page)


def unpack(text: str, side: int = SIDE) -> Mask:
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8)).reshape(side, side).astype(bool)


def region(page: Page) -> Mask:
    return unpack(page.evaluate(f"viewer.raster.packBits({OWN}.current.region())"))


def score(region: Mask, mask: Mask) -> float:
    return float((region & mask).sum() / (region | mask).sum())


def near_border(mask: Mask, pixels: int) -> Mask:
    kernel = np.ones((2 * pixels + 1,) * 2, np.uint8)
    return (cv2.dilate(mask.astype(np.uint8), kernel) != cv2.erode(mask.astype(np.uint8), kernel)).astype(bool)


def ask(page: Page, body: str, **arguments: Any) -> Any:
    script = "([body, a]) => new Function('a', 'v', body)(JSON.parse(a), globalThis.viewer)"
    return page.evaluate(script, [body, json.dumps(arguments)])  # as text: Playwright would wrap each number


def test_pixels_of_shapes_are_opencvs_but_for_the_border(module_page: Page) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        ring = (rng.random((9, 2)) * 300 - 20).round(2)  # crosses itself, and leaves the picture
        body = "const m = new Uint8Array(65536); v.raster.fillRings(m, [a.ring], 256); return v.raster.packBits(m)"
        bits = ask(module_page, body, ring=ring.tolist())
        got = unpack(bits, 256)
        oracle = np.zeros((256, 256), np.uint8)
        cv2.fillPoly(oracle, [np.rint((ring - 0.5) * 16).astype(np.int32)], 1, shift=4)
        outline = np.zeros((256, 256), np.uint8)
        cv2.polylines(outline, [np.rint((ring - 0.5) * 16).astype(np.int32)], True, 1, thickness=3, shift=4)
        assert not ((got != oracle.astype(bool)) & (outline == 0)).any() and got.any()
    body = "const m = new Uint8Array(36); v.raster.fillRings(m, a.rings, 6); return [...m]"
    rings = [[[1.2, 1.2], [5.2, 1.2], [5.2, 4.2], [1.2, 4.2]], [[2.4, 2.4], [3.6, 2.4], [3.6, 3.6], [2.4, 3.6]]]
    by_hand = np.zeros((6, 6), int)
    by_hand[1:4, 1:5] = 1  # the centres at 1.5, 2.5 … lie inside
    by_hand[2:4, 2:4] = 0  # the hole holds those at 2.5 and 3.5
    np.testing.assert_array_equal(np.reshape(ask(module_page, body, rings=rings), (6, 6)), by_hand)
    body = "const m = new Uint8Array(a.n * a.n); v.raster.fillStroke(m, a.line, 9.5, a.n); return v.raster.packBits(m)"
    got = unpack(ask(module_page, body, n=128, line=[[20, 30], [90.5, 60], [40, 110]]), 128)
    a, b, c = np.array([[20, 30], [90.5, 60], [40, 110]])
    points = np.concatenate([np.linspace(a, b, 4001), np.linspace(b, c, 4001)])
    rows, columns = np.mgrid[:128, :128] + 0.5
    nearest = np.min([(columns - x) ** 2 + (rows - y) ** 2 for x, y in points[::10]], axis=0)
    doubtful = np.abs(np.sqrt(nearest) - 9.5) < 0.02  # the oracle's line is made of points
    np.testing.assert_array_equal(got[~doubtful], (nearest <= 9.5**2)[~doubtful])


def test_distances_and_overlaps_of_two_regions_are_scipys(module_page: Page) -> None:
    rng = np.random.default_rng(4)
    body = """
        const [x, y] = [Uint8Array.from(a.x), Uint8Array.from(a.y)];
        return [v.distance.hausdorff(x, y, 64), v.distance.agreement(x, y).iou, v.distance.agreement(x, y).dice];
    """
    for share in (0.001, 0.02, 0.3):
        x, y = (rng.random((2, 64, 64)) < share) | np.zeros((2, 64, 64), bool)
        x[3, 5] = y[60, 9] = True
        got = ask(module_page, body, x=x.ravel().astype(int).tolist(), y=y.ravel().astype(int).tolist())
        a, b = np.argwhere(x), np.argwhere(y)
        assert got[0] == pytest.approx(max(directed_hausdorff(a, b)[0], directed_hausdorff(b, a)[0]), abs=1e-9)
        assert got[1:] == pytest.approx([score(x, y), 2 * (x & y).sum() / (x.sum() + y.sum())], abs=1e-12)
    nothing = [0] * 4096
    assert np.isnan(ask(module_page, body, x=nothing, y=nothing)).all()


def test_what_is_drawn_is_scored_in_every_pane_at_once(page: Page) -> None:
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (100, 120), (200, 180), (300, 260), key="gradcam")
    rows, columns = np.mgrid[:SIDE, :SIDE]
    box = (rows >= 120) & (rows < 260) & (columns >= 100) & (columns < 300)
    drawn = region(page)
    assert not ((drawn != box) & ~near_border(box, 2)).any()
    for explanation in maps():
        form = (
            EXPLAINERS[explanation.method].view.published(explanation.maps, SIDE)[FINDINGS.index("Edema")].astype(float)
        )
        above = (form - form.min()) / np.ptp(form) > 0.5
        row = page.locator(f'[data-method="{explanation.method}"] .scores [data-reference^="own"]')
        assert float(row.locator("td").first.inner_text()) == pytest.approx(score(above, drawn), abs=0.0051)
    outlines = page.eval_on_selector_all(".own .line", "(all) => new Set(all.map((e) => e.getAttribute('d'))).size")
    assert page.locator(".own .line").count() == 5 and outlines == 1  # two maps, radiograph, agreement, gaze


def test_what_is_erased_brushed_and_cleared_is_undone(page: Page) -> None:
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (100, 120), (200, 180), (300, 260), key="gradcam")
    drawn = region(page)
    page.get_by_role("button", name="Erase").click()
    drag(page, (150, 150), (250, 150))
    page.get_by_role("button", name="Brush").click()
    drag(page, (400, 400))
    changed = region(page)
    assert drawn[150, 200] and not changed[150, 200] and changed[400, 400] and not drawn[400, 400]
    for _ in range(2):
        page.keyboard.press("Control+z")
    np.testing.assert_array_equal(region(page), drawn)
    page.keyboard.press("Control+Shift+z")
    assert not region(page)[150, 200]
    page.get_by_role("button", name="Clear").click()
    assert not region(page).any()
    page.keyboard.press("Control+z")
    assert region(page).any()


@pytest.mark.thorough
def test_the_table_of_methods_grows_as_maps_come(module_page: Page) -> None:
    case, explanations = make_case({"Edema": disc()}), random_explanations(1)
    mount(module_page)
    say(module_page, make_message(case, explanations[:1], busy=True))
    choose(module_page, "Edema")
    module_page.evaluate("view.modes.choose('draw')")
    module_page.get_by_role("button", name="Box", exact=True).click()
    drag(module_page, (100, 120), (300, 260))
    table = module_page.locator(".own-table").filter(has_text="Method").locator("tbody tr")
    expect(table).to_have_count(1)
    say(module_page, make_message(case, explanations))
    settle(module_page)
    expect(table.locator("th")).to_have_text([EXPLAINERS[one.method].label for one in explanations])


def test_polygons_are_clicked_and_undone(page: Page) -> None:
    corners = [(80, 80), (240, 90), (230, 220), (90, 230)]
    for corner in corners:
        page.mouse.click(*screen(page, corner))
    page.mouse.click(*screen(page, corners[0]))
    settle(page)
    oracle = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(oracle, [np.array(corners)], 1)
    assert not ((region(page) != oracle.astype(bool)) & ~near_border(oracle.astype(bool), 2)).any()
    page.keyboard.press("Control+z")
    assert not region(page).any()


def test_corners_and_shapes_are_moved_and_deleted(page: Page) -> None:
    corners = [(80, 80), (240, 90), (230, 220), (90, 230)]
    for corner in (*corners, corners[0]):
        page.mouse.click(*screen(page, corner))
    settle(page)
    oracle = region(page)
    page.get_by_role("button", name="Select").click()
    page.mouse.click(*screen(page, (150, 150)))
    drag(page, corners[2], (300, 300))
    assert region(page)[280, 280] and not oracle[280, 280]
    drag(page, (150, 150), (170, 150))
    before = region(page)
    page.locator('[data-method="raw"] .stage').focus()
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    np.testing.assert_array_equal(region(page)[:, 8:], before[:, :-8])
    page.keyboard.press("Delete")
    assert not region(page).any()


def test_drawings_survive_findings_cases_and_errors_and_leaving_is_warned_of(page: Page) -> None:
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (100, 100), (300, 300))
    drawn = region(page)
    warned = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert page.evaluate(warned)
    choose(page, "Fracture")
    settle(page)
    assert page.locator(".own .line").count() == 0
    say(page, make_message(make_case(id="next"), maps(2), turn=2))
    assert page.locator(".reading strong").inner_text() == "Fracture"  # as chosen
    say(page, error_message(2, "bad.json: expected JSON, found none; choose another."))
    say(page, make_message(make_case({"Edema": disc()}), maps(), turn=3))
    choose(page, "Edema")
    settle(page)
    np.testing.assert_array_equal(region(page), drawn)
    assert page.evaluate("sent") == []


def test_two_annotations_and_the_radiologists_are_compared_and_exported(page: Page) -> None:
    other = disc(90, 240, 280)
    mask = inline(np.packbits(other))
    loaded = {"name": "Reader 2", "finding": "Edema", "polygons": [], "mask": mask, "area": 1, "note": ""}
    say(page, reply(1, annotations=[loaded], note="1 annotation was skipped."))
    page.get_by_role("button", name="Copy the radiologist's").click()
    expect(page.locator(".own-list li")).to_have_count(2)
    settle(page)
    np.testing.assert_array_equal(region(page), disc())
    expect(page.locator(".own-note")).to_contain_text("1 annotation was skipped.")
    page.evaluate("view.features.find((feature) => feature.key === 'comparison').count()")
    labels = [EXPLAINERS[one.method].label for one in maps()]
    expect(page.locator(".pair-matrix tbody th")).to_have_text(["Radiologist", "Reader 2", "A", *labels])
    rows = [row.locator("td").all_inner_texts() for row in page.locator(".pair-matrix tbody tr").all()[:3]]
    expected = f"{score(disc(), other):.3f}".lstrip("0")
    assert [row[:3] for row in rows] == [["·", expected, "1.000"], [expected, "·", expected], ["1.000", expected, "·"]]
    assert page.locator(".own-table").last.locator("tbody tr").count() == len(labels)
    page.get_by_role("button", name="Export COCO").click()
    (name, data), *_ = page.evaluate("sent")
    assert name == "export" and data["what"] == "coco"
    np.testing.assert_array_equal(unpack(data["state"]["annotations"][0]["bits"]), other)
    assert [one["name"] for one in data["state"]["annotations"]] == ["Reader 2", "A"]


def test_patches_are_kept_by_the_drawing_and_a_session_brings_all_back(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (60, 60), (300, 200))
    page.evaluate("view.modes.choose('patches')")
    page.get_by_role("button", name="Keep only inside my drawing").click()
    settle(page)
    inside = [r * 8 + c for r in range(8) for c in range(8) if 60 < c * 64 + 32 < 300 and 60 < r * 64 + 32 < 200]
    off = sorted(set(range(64)) - set(inside))
    assert page.evaluate(f"{PATCHES}.onState()") == off
    drawn = region(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Save session").click()
    path = tmp_path / "session.json"
    coming.value.save_as(path)
    assert not page.evaluate(f"{OWN}.dirty")

    begin(page)
    say(page, make_message(make_case(id="another"), maps(2)))
    session = json.loads(path.read_text())
    session["case"] = {"id": "case"}
    odd = {"name": "A", "finding": "Edema", "shapes": [{"kind": "x"}]}
    bad: dict[str, Any] = {
        "no.json": "no JSON at all", "list.json": "[]", "old.json": json.dumps(session | {"version": 0}),
        "shape.json": json.dumps(session | {"annotations": [odd]}),
        "case.json": json.dumps(session | {"case": None}),
    }  # fmt: skip
    for name, text in bad.items():
        page.get_by_label("Open session").set_input_files({"name": name, "mimeType": "", "buffer": text.encode()})
        expect(page.get_by_role("alert")).to_contain_text("The file: expected a session saved by this page")
    assert page.evaluate("sent") == []
    page.get_by_label("Open session").set_input_files(
        {"name": "s.json", "mimeType": "", "buffer": json.dumps(session).encode()}
    )
    page.wait_for_function("sent.length === 1")
    assert [[what, data["case"]] for what, data in page.evaluate("sent")] == [["open", "case"]]
    message = make_message(make_case({"Edema": disc()}, source="phantom-test"), maps(), turn=2)
    say(page, message)
    settle(page)
    np.testing.assert_array_equal(region(page), drawn)
    assert page.evaluate(f"{PATCHES}.onState()") == off and not page.evaluate(f"{OWN}.dirty")
