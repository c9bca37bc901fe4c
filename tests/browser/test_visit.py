"""What a visitor brings: no name of a person leaves the browser; several files at once; back, forward, removing."""

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.stage import Visit, explained
from tests.browser.test_app import picture
from tests.lying import contents_below, paths_below
from tests.ui.test_privacy import dicom

OWN = "MEIER^HANS_19501212"
HEAR = """() => {
    globalThis.heard = [];
    const viewer = [...document.querySelectorAll('*')].find((element) => element.viewer).viewer;
    const { update } = viewer;
    viewer.update = (message) => { heard.push(message); return update.call(viewer, message); };
    document.addEventListener('explorer:shown', () => heard.push(globalThis.explorerShown ?? null));
}"""


@pytest.fixture(scope="module")
def world(phantom_app: tuple[str, Path]) -> Path:
    return phantom_app[1]


@pytest.fixture(scope="module")
def page(phantom_visit: Visit) -> Iterator[Page]:
    """One visit of an app, which must not complain."""
    yield phantom_visit.page
    assert phantom_visit.errors == []


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    page.locator(".upload input[type=file]").set_input_files(
        [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
    )


def drop(page: Page, event: str, *files: tuple[str, bytes]) -> None:
    page.evaluate(
        """([kind, files]) => {
            const transfer = new DataTransfer();
            for (const [name, bytes] of files) transfer.items.add(new File([Uint8Array.from(bytes)], name));
            const init = { dataTransfer: transfer, bubbles: true, cancelable: true };
            document.querySelector("h1").dispatchEvent(new DragEvent(kind, init));
        }""",
        [event, [[name, list(data)] for name, data in files]],
    )


def chest(seed: int) -> bytes:
    return picture(np.random.default_rng(seed).integers(0, 256, (90, 120), dtype=np.uint8))


def title(page: Page) -> str:
    return page.locator(".case-id").inner_text()


def downloads(page: Page, kinds: str) -> dict[str, bytes]:
    """Every file of these kinds that can be had of the open case, by its name."""
    found = {}
    rows = page.locator(".menu-panel button", has_text=re.compile(kinds))
    for row in [*range(rows.count()), "Save session"]:
        with page.expect_download() as coming:
            button = page.get_by_role("button", name=row, exact=True) if isinstance(row, str) else rows.nth(row)
            button.evaluate("(button) => button.click()")
        found[coming.value.suggested_filename] = Path(coming.value.path()).read_bytes()
    return found


def unpacked(data: bytes) -> bytes:
    """The content, and that of a ZIP archive's files."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return data + b"".join(archive.read(name) for name in archive.namelist())


def test_no_name_leaves_the_browser(page: Page, world: Path) -> None:
    page.evaluate(HEAR)
    choose(page, (f"{OWN}.dcm", dicom("MEIER^HANS")))
    expect(page.locator(".case-id")).to_have_text(re.compile(r"^Upload \d+, \d\d:\d\d$"))
    explained(page)
    number = int(title(page).removeprefix("Upload ").split(",")[0])  # of the visit's uploads
    sent: list[bytes] = []  # from here on, since the tags of a DICOM file leave with it
    page.on("request", lambda request: sent.append((request.post_data_buffer or b"") + request.url.encode()))
    named = {"id": 7, "width": 64, "height": 64}
    square = {"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[9, 9, 40, 9, 40, 40, 9, 40]]}
    images = [named | {"file_name": f"{OWN}.dcm"}, named | {"id": 8, "file_name": "MUELLER.dcm"}]
    coco = {"images": images, "categories": [{"id": 1, "name": "Edema"}], "annotations": [square]}
    load = page.get_by_label("Load annotation")
    load.set_input_files({"name": f"{OWN}.json", "mimeType": "", "buffer": json.dumps(coco).encode()})
    expect(page.locator(".own-list li")).to_have_count(1)  # it is the one of two images that bears the name
    other = coco | {"images": [images[1], images[1] | {"id": 9}]}
    load.set_input_files({"name": f"{OWN}.json", "mimeType": "", "buffer": json.dumps(other).encode()})
    expect(page.get_by_role("alert")).to_contain_text("found 2 others")
    saved = downloads(page, "PNG|JSON")
    parts = [re.split(rf"(?<=^upload-{number}-\d{{4}})-", name) for name in saved]
    assert len({stem for stem, _ in parts}) == 1 and sorted(kind for _, kind in parts) == [
        *("drawings-chexlocalize.json", "drawings-coco.json", "numbers.json", "panes-edema.png", "session.json")
    ]
    choose(page, (f"{OWN}.png", chest(1)), ("MEIER.png", b"no image"))
    expect(page.locator(".visit-note")).to_have_text(f"1 of 2 files is no radiograph: Upload {number + 2} (text).")
    choose(page, ("MEIER cut.png", chest(1)[:40]))
    expect(page.get_by_role("alert")).to_contain_text(re.compile(rf"upload-{number + 3}-\d{{4}}\.png: expected"))
    heard = json.dumps(page.evaluate("heard"))
    assert heard.count('"error"') > 1 and heard.count('"annotations"')
    assert heard.count('"download"') == 3  # of numbers and of drawings
    told = [(world / "log").read_bytes(), page.content().encode(), heard.encode(), *sent]
    told += ["\n".join(map(str, paths_below(world / "temporary"))).encode(), page.url.encode()]
    told += [unpacked(data) + name.encode() for name, data in saved.items()]
    assert not [part for part in told if b"MEIER" in part] and b"MUELLER" not in b"".join(told[-len(saved) :])
    page.get_by_role("button", name="Show file names").click()  # in this browser, when somebody asks
    expect(page.locator(".visit")).to_contain_text(OWN)
    assert b"MEIER" not in b"".join(sent) and "MEIER" not in title(page)
    page.get_by_role("button", name="Hide file names").click()
    assert "MEIER" not in page.content()


@pytest.mark.thorough
def test_no_name_is_in_what_the_server_makes(page: Page) -> None:
    """In the ordinary run that is shown without a browser: tests/ui/test_privacy.py."""
    before = title(page)
    choose(page, (f"{OWN}.dcm", dicom("MEIER^HANS")))
    expect(page.locator(".case-id")).not_to_have_text(before)
    explained(page)
    saved = downloads(page, "PDF|CSV|npz")
    kinds = [name.split("-", 3)[3] for name in saved]
    assert sorted(kinds) == ["maps.npz", "numbers.csv", "report.pdf", "session.json"]
    assert [data[:5] for name, data in saved.items() if name.endswith(".pdf")] == [b"%PDF-"]
    assert not [name for name, data in saved.items() if b"MEIER" in unpacked(data) + name.encode()]


def test_several_files_are_listed_and_those_that_are_none_are_named_in_one_sentence(page: Page, world: Path) -> None:
    """And what was brought is explained, and lies nowhere on the server's disk."""
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator(".visit")).to_be_hidden()
    expect(page.locator(".nothing")).to_be_visible()
    expect(page.locator(".film")).to_be_hidden()
    drop(page, "dragover", ("a.png", chest(2)))
    expect(page.locator(".drop-target")).to_be_visible()
    files = [
        ("a.png", chest(2)),
        ("letter.txt", b"Dear"),
        ("b.png", chest(3)),
        ("x.pdf", b"%PDF-"),
        (".DS_Store", b"x"),
    ]
    drop(page, "drop", *files)
    expect(page.locator(".drop-target")).to_be_hidden()
    expect(page.locator(".visit-note")).to_have_text(
        re.compile(r"2 of 4 files are no radiographs: Upload \d+ \(text\) and Upload \d+ \(PDF\)\.")
    )
    expect(page.locator(".visit-list li")).to_have_count(2)
    explained(page)
    expect(page.locator(".visit-list .visit-verdict")).to_have_text([re.compile("Can be|caution|assessable")] * 2)
    expect(page.locator(".visit-list img[src^='data:image/jpeg']")).to_have_count(2)
    expect(page.locator(".badges")).to_have_text("Upload")
    expect(page.locator('[data-method="raw"] .cut-text')).to_contain_text("Not assessable: what this map marks")
    assert not {chest(2), chest(3)}.intersection(contents_below(world / "temporary"))


def test_the_first_that_can_be_read_is_opened_and_a_directory_is_none(page: Page) -> None:
    shown = title(page)
    directory = bytes(128) + b"DICM" + bytes(26) + b"1.2.840.10008.1.3.10" + bytes(200)
    drop(page, "drop", ("DICOMDIR", directory), ("a.png", chest(4)[:60]), ("b.png", chest(5)), ("c.png", chest(6)))
    expect(page.locator(".visit-note")).to_have_text(re.compile(r"1 of 4 files is no radiograph: .* \(DICOMDIR\)\."))
    expect(page.locator(".case-id")).not_to_have_text(shown)
    rows = page.locator(".visit-list li")
    expect(rows).to_have_count(5)
    expect(rows.nth(2)).to_contain_text("Cannot be read")
    expect(page.locator(".visit .count")).to_have_text("4 radiographs, 1 not readable")
    expect(page.locator(".visit-unread li")).to_have_text(re.compile(r"^Upload \d+, \d\d:\d\d: expected "))
    expect(rows.nth(1).locator(".visit-open")).to_have_attribute("aria-current", "true")
    explained(page)
    for _ in range(3):
        rows.first.locator(".visit-remove").click()
    choose(page, ("cut.png", chest(4)[:60]))
    expect(page.get_by_role("alert")).to_contain_text("expected")
    rows.first.locator(".visit-remove").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(rows).to_have_count(2)
    rows.last.locator(".visit-open").click()
    expect(rows.last.locator(".visit-open")).to_have_attribute("aria-current", "true")
    explained(page)


def test_back_and_forward_lead_through_tabs_and_cases_and_a_removed_one_says_so(page: Page) -> None:
    newest = page.locator(".visit-open").first
    first = title(page)
    newest.click()
    expect(page.locator(".case-id")).not_to_have_text(first)
    second = title(page)
    explained(page)
    for tab in ("Models and about", "Sort a folder"):
        page.get_by_role("tab", name=tab).click()
    for tab in ("Models and about", "Explore"):  # the case is never another out of sight
        page.go_back()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert page.evaluate("explorerShown.title") == second
    page.locator(".thumbnails [role=option]").first.click()
    expect(page.locator(".case-id")).to_contain_text("PHANTOM")
    explained(page)
    page.go_back()
    expect(page.locator(".case-id")).to_have_text(second)
    expect(newest).to_have_attribute("aria-current", "true")
    explained(page)
    page.get_by_role("button", name=f"Remove {first}").click()
    assert title(page) == second
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text(f"{first} was removed from this visit")
    assert title(page) == second
    page.go_forward()
    page.go_forward()
    expect(page.locator(".case-id")).to_contain_text("PHANTOM")
    explained(page)
    assert "case=" in page.url


def test_a_slow_switch_dims_what_is_old(page: Page) -> None:
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: held.append(route))
    before = title(page)
    page.locator(".thumbnails [role=option]").nth(1).click()
    expect(page.locator(".opening-says")).to_contain_text("Opening patientPHANTOM")
    assert page.locator(".viewer.opening").count() == 1 and title(page) == before
    expect(page.locator(".viewer .film")).to_have_css("opacity", "0.28")
    for route in held:
        route.continue_()
    page.unroute("**/queue/join*")
    expect(page.locator(".viewer.opening")).to_have_count(0)
    assert title(page) != before
    explained(page)


def test_a_file_that_cannot_be_sent_is_passed_over(page: Page) -> None:
    shown = title(page)
    page.route("**/upload*", lambda route: route.abort(), times=1)
    drop(page, "drop", ("large.png", chest(7)), ("d.png", chest(8)))
    expect(page.locator(".case-id")).not_to_have_text(shown)
    rows = page.locator(".visit-list li")
    expect(rows.nth(1)).to_contain_text("Could not be sent")
    expect(rows.nth(0).locator(".visit-open")).to_have_attribute("aria-current", "true")
    expect(page.locator(".visit-unread")).to_contain_text("could not be sent: expected a file of at most")
    explained(page)


@pytest.mark.thorough
def test_a_tab_in_the_menu_of_a_narrow_page_is_a_step_too(page: Page) -> None:
    page.set_viewport_size({"width": 300, "height": 700})
    page.get_by_role("button", name="More tabs").click()
    page.locator(".overflow-dropdown").get_by_text("Models and about").click()
    expect(page.locator(".about")).to_be_visible()
    page.go_back()
    expect(page.locator(".about")).to_be_hidden()
    expect(page.locator(".viewer .film")).to_be_visible()
    page.go_forward()
    expect(page.locator(".about")).to_be_visible()
    page.go_back()
    page.set_viewport_size({"width": 1440, "height": 900})
