"""Computing on the visitor's own device: the network is cut, and the numbers are the server's."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, Route, expect

from data_cache.bundled_films import DEMO_ROOT
from data_cache.images.reading import read_radiograph
from tests.browser.running_app import running_app
from tests.data_cache.images.dicom_files import dicom_file
from tests.device_runtime import PACKAGES, unseen
from ui.device.runtime import fetch_runtime

READY, WAITS = "stay on this device", "Waits until this device is ready"
VIEW = "const view = [...document.querySelectorAll('*')].map((one) => one.viewer).find(Boolean);"
Numbers = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not (PACKAGES / "onnxruntime-web").is_dir(), reason="needs node_modules, which `make lint` installs"
)


@pytest.fixture(scope="module")
def address(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an app with the demonstration models whose visitors' devices compute unless they choose otherwise."""
    place = tmp_path_factory.mktemp("device") / "runtime"
    fetch_runtime(place, unseen, PACKAGES)
    flags = ("--patchnet", "demo", "--cnn", "demo", "--device-runtime", str(place))
    variables = {"EXPLORER_DEVICE": "default"}
    with running_app(*flags, temporary=tmp_path_factory.mktemp("default"), environment=variables) as found:
        yield found


@pytest.fixture(scope="module")
def visit(chromium: Browser, address: str) -> Iterator[Page]:
    """A page whose device gets no models until a test lets them through, with its first case open."""
    with chromium.new_context(viewport={"width": 1440, "height": 1200}) as context:
        page = context.new_page()
        context.route("**/*.onnx", lambda route: route.abort())
        page.goto(address)
        page.wait_for_selector(".viewer:not(.empty) [data-method=raw]")
        page.wait_for_function(f"() => {{ {VIEW} return !view.busy; }}", polling=100)
        expect(page.get_by_role("radio", name="this device")).to_be_checked()
        yield page


@pytest.fixture
def page(visit: Page) -> Page:
    """The page, connected, where the server computes."""
    visit.context.unroute_all()
    visit.get_by_role("tab", name="Explore").click()
    visit.get_by_role("radio", name="the server").check()
    return visit


@pytest.fixture(scope="module")
def dicom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom of 12 bits, wider than high, by a name that says whose it is."""
    film = sorted(DEMO_ROOT.rglob("*.jpg"))[3]
    pixels = np.pad(read_radiograph(film).pixels, ((0, 0), (70, 51)))
    path = tmp_path_factory.mktemp("film") / "Doe^Jane.dcm"
    stored = np.rint(4095 * pixels).astype(np.uint16)
    path.write_bytes(dicom_file(stored, BitsStored=12, WindowCenter=2048, WindowWidth=4096))
    return path


def opened(page: Page, path: Path) -> Numbers:
    """Open a file; what the viewer then has of it."""
    before = page.evaluate(f"() => {{ {VIEW} return view.content.case?.key ?? ''; }}")
    page.set_input_files(".upload input[type=file]", str(path))
    page.wait_for_function(
        f"""(before) => {{ {VIEW} const {{ case: item, busy, models }} = view.content;
        return item && item.key !== before && item.id === null && !busy && models.length; }}""",
        arg=before,
        polling=100,
    )
    return cast(Numbers, page.evaluate(_TELL))


_TELL = f"""async () => {{ {VIEW}
    const {{ content, data }} = view;
    const {{ film, case: item }} = content;
    const lists = (all) => Object.fromEntries(Object.entries(all).map(([key, one]) => [key, [...one]]));
    const digest = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].join();
    return {{
        maps: lists(data.maps), patches: lists(data.patches), image: await digest(data.image),
        film: await digest(data.film.levels[film.overview].codes), values: film.unit, spacing: film.unscaled,
        windows: film.windows.map(({{ level, width, name }}) => [level, width, name]),
        probabilities: content.probabilities, calibrated: content.calibrated, said: content.assessments,
        notes: Object.values(content.maps).map(({{ note }}) => note), where: item.computed_on,
        case: {{ ...item, key: "", title: "", computed_on: "" }},
    }}; }}"""


def worked(page: Page, *parts: tuple[tuple[float, float], tuple[float, float]]) -> Numbers:
    """Draw boxes, in parts of a pane, switch a patch off and move the threshold; returns the exported numbers."""
    page.evaluate(f"() => {{ {VIEW} view.choose(view.config.findings.indexOf('Pleural Other')); }}")
    page.get_by_role("button", name="Draw", exact=True).click()
    page.locator(".strips").get_by_role("button", name="Box").click()
    box = page.locator('[data-method="raw"] .stage').bounding_box()
    assert box is not None
    for start, end in parts:
        page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"])
        page.mouse.up()
    page.evaluate(f"() => {{ {VIEW} view.feature('patches').toggle(9); }}")
    page.get_by_role("slider", name="Threshold").fill("0.4")
    with page.expect_download() as made:
        page.evaluate(f"() => {{ {VIEW} view.feature('exports').ask('json'); }}")
    return cast(Numbers, json.loads(made.value.path().read_text("utf-8")))


def logits(probabilities: list[float]) -> NDArray[np.float64]:
    found = np.array(probabilities)
    return np.log(found / (1 - found))


def uploads(page: Page) -> list[str]:
    """Addresses of what the page sends files to, from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    return sent


def test_files_wait_on_a_device_that_is_the_default_and_go_to_the_server_where_the_visitor_says_so(visit: Page) -> None:
    """Of a visitor who has chosen nothing, and whose device has failed before the file is chosen."""
    page, sent, says = visit, uploads(visit), visit.locator(".waiting")
    expect(page.locator(".computing-says")).to_contain_text("No file is sent unless you use the server.")
    page.set_input_files(".upload input[type=file]", str(sorted(DEMO_ROOT.rglob("*.jpg"))[1]))
    expect(says).to_have_text("This device is not ready: your files wait here until you try again or use the server.")
    expect(page.locator(".viewer[aria-busy=false]:not(.opening)")).to_be_visible()
    assert sent == []
    page.get_by_role("button", name="Use the server").click()
    expect(page.locator(".case-id")).to_contain_text("Upload ")
    expect(says).to_be_empty()
    assert len(sent) == 1 and page.get_by_role("radio", name="the server").is_checked()


def test_no_file_leaves_a_browser_where_this_device_is_chosen(page: Page, dicom: Path) -> None:
    """While it is set up, and whatever goes wrong: files wait, for the device or the visitor's word.

    What a connection does that is lost half way, test_site.py shows.
    """
    says, sent = page.locator(".computing-says"), uploads(page)
    here, waiting = page.get_by_role("radio", name="this device"), page.get_by_text(WAITS, exact=True)
    files, held = page.locator(".upload input[type=file]"), list[Route]()
    page.context.route("**/*.onnx", lambda route: held.append(route))
    here.click()
    files.set_input_files(str(dicom))
    expect(waiting).to_have_count(1)
    files.set_input_files(str(sorted(DEMO_ROOT.rglob("*.jpg"))[2]))
    expect(waiting).to_have_count(2)
    while not held:
        page.wait_for_timeout(50)

    script = re.compile(r"/page/[0-9a-f]+\.js$")
    faults: list[tuple[Any, Callable[[Route], None], str]] = [
        ("**/*.onnx", lambda route: route.abort(), "Expected model.onnx from the host, and the connection was lost"),
        (script, lambda route: route.abort(), "blocks workers: allow them for this page"),
    ]
    for place, fault, sentence in faults:
        page.context.unroute("**/*.onnx")
        page.context.route(place, fault)
        if held:  # what stalled
            expect(page.locator(".waiting")).to_have_text(f"{WAITS}.")
            for stalled in held:
                with suppress(Error):
                    stalled.abort()
            held.clear()
        else:
            page.get_by_role("button", name="Try again").click()
        expect(says).to_contain_text(sentence)
        expect(says).to_contain_text("No file is sent unless you use the server.")
        expect(page.locator(".waiting")).to_contain_text("your files wait here until you try again")
        assert here.is_checked()
        page.context.unroute(place)
    page.get_by_role("button", name="Try again").click()
    expect(says).to_contain_text(READY)
    expect(page.locator(".badge.here")).to_be_visible()
    expect(waiting).to_have_count(0)
    assert sent == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two bundled films, one of them on its side, a text and a damaged picture."""
    shutil.copy(min(DEMO_ROOT.rglob("*.jpg")), tmp_path / "MEIER_1.jpg")
    lying = np.rot90(read_radiograph(sorted(DEMO_ROOT.rglob("*.jpg"))[2]).pixels)
    Image.fromarray(np.rint(255 * lying).astype(np.uint8)).save(tmp_path / "MEIER_2.png")
    (tmp_path / "MEIER letter.txt").write_text("Dear colleague, this letter is long enough to be known again")
    (tmp_path / "MEIER.png").write_bytes(b"\x89PNG\r\n\x1a\n cut short, and long enough to be known again")
    return tmp_path


_CHECKED = """async () => {
    const { checkedFile, sha256Of } = await import("/js/device/fetching.js");
    const bytes = new Uint8Array(await (await fetch("/js/kept.js")).arrayBuffer());
    const said = {};
    const facts = { name: "model.onnx", address: "/js/kept.js", bytes: bytes.length, sha256: await sha256Of(bytes) };
    const others = { right: {}, other: { sha256: "0".repeat(64) }, shorter: { bytes: bytes.length - 1 } };
    for (const [name, other] of Object.entries(others)) {
        await caches.delete("explorer-device");
        const asked = checkedFile({ ...facts, ...other });
        said[name] = await asked.then((found) => String(found) === String(bytes), ({ message }) => message);
    }
    return said;
}"""


def test_a_file_with_another_hash_is_not_used(module_page: Page) -> None:
    said = module_page.evaluate(_CHECKED)
    assert said.pop("right") is True
    for sentence in said.values():
        assert re.fullmatch(r"Expected model.onnx with the sha256 \w{12}, found \w{12}: it is damaged .*", sentence)


SORTING = "[...document.querySelectorAll('*')].map((one) => one.sorting).find(Boolean)"


def sorted_rows(page: Page, folder: Path) -> Numbers:
    """What "Sort a folder" has of each image of a folder, by its place there."""
    view = page.locator(".sorting")
    before = page.evaluate_handle(f"() => {SORTING}.rows")
    view.locator("input[webkitdirectory]").set_input_files(str(folder))
    page.wait_for_function(f"(before) => {SORTING}.rows !== before && {SORTING}.rows.length === 4", arg=before)
    rows = page.evaluate(f"() => {SORTING}.rows")
    for row in rows:
        row["error"] = re.sub(r"upload-\d+-\d+", "upload", row.get("error", ""))  # another number each time
        row["thumbnail"] = bool(row.get("thumbnail"))
    return {row.pop("index"): row for row in rows}


def on_this_device(page: Page) -> None:
    """Choose this device and wait until it is set up."""
    page.get_by_role("radio", name="this device").check()
    page.wait_for_function(f"document.querySelector('.computing-says').textContent.includes('{READY}')", polling=100)


def test_a_file_is_computed_on_this_device_without_a_single_request(page: Page, dicom: Path) -> None:
    there, exported_there = opened(page, dicom), worked(page, ((0.3, 0.35), (0.5, 0.7)))
    assert there["where"] == "host"
    on_this_device(page)
    asked = cut(page.context)
    here, exported_here = opened(page, dicom), worked(page)  # what was drawn on a file stays with it
    assert here["where"] == "device" and page.locator(".badge.here").inner_text() == "computed on this device"
    for name in ("image", "film", "values", "spacing", "windows", "said", "notes", "case"):
        assert here[name] == there[name], name
    for key, expected in there["probabilities"].items():
        np.testing.assert_allclose(logits(here["probabilities"][key]), logits(expected), atol=1e-4)
    for name, expected in there["maps"].items():
        scale = np.nanmax(np.abs(expected))
        np.testing.assert_allclose(here["maps"][name], expected, atol=1e-4 * scale)
    assert here["maps"].keys() == there["maps"].keys() and not asked
    assert "\n".join(differences(exported_here, exported_there)) == ""
    assert {"on the visitor's device" in one["backend"] for one in exported_here["models"]} == {True}


def test_no_tab_sends_a_file_where_this_device_is_chosen(page: Page, dicom: Path, folder: Path, tmp_path: Path) -> None:
    """No request of any tab has a file's bytes."""
    archive = tmp_path.with_suffix(".zip")
    archive.write_bytes(b"PK\x03\x04 heat maps of somebody's, long enough to be known again")
    sent, parts = list[str](), [path.read_bytes()[20:52] for path in (*folder.iterdir(), dicom, archive)]

    def asked(request: Request) -> None:
        body = request.post_data_buffer or b""
        if "/upload" in request.url or any(part in body for part in parts):
            sent.append(request.url)

    on_this_device(page)
    page.on("request", asked)
    if not page.locator(".badge.here").count():  # what another test has opened may be on show
        opened(page, dicom)
    page.get_by_role("button", name="Draw", exact=True).click()
    page.locator(".own-buttons input[type=file]").first.set_input_files(str(folder / "MEIER_2.png"))
    expect(page.get_by_text("Files of annotations are read by the server")).to_be_visible()
    page.get_by_role("tab", name="Sort a folder").click()
    expect(page.locator(".sorting header")).to_contain_text("Each file is read on this device and does not leave it")
    assert sum(len(row.get("opinions", {})) for row in sorted_rows(page, folder).values()) == 4  # of two films, by two
    page.get_by_role("tab", name="Benchmark").click()
    own = page.locator(".bench .own")
    expect(own.get_by_role("status")).to_contain_text("none is taken unless you use the server")
    expect(own.locator("input[type=file]")).to_be_disabled()
    page.evaluate(
        "(bytes) => [...document.querySelectorAll('*')].map((one) => one.benchmark).find(Boolean)"
        ".bring(new File([bytes], 'maps.zip'))",
        archive.read_text("latin-1"),
    )  # as by a drop
    expect(page.locator(".bench [role=alert]")).to_contain_text("none is taken unless you use the server")
    assert sent == []
    own.get_by_role("button", name="Use the server").click()
    expect(own.locator("input[type=file]")).to_be_enabled()


@pytest.mark.thorough
def test_rows_of_a_sorted_folder_are_the_servers(page: Page, folder: Path) -> None:
    """What is said of one film is compared in the ordinary run: test_a_file_is_computed…"""
    page.get_by_role("tab", name="Sort a folder").click()
    there = sorted_rows(page, folder)
    page.get_by_role("tab", name="Explore").click()
    on_this_device(page)
    page.get_by_role("tab", name="Sort a folder").click()
    here = sorted_rows(page, folder)
    assert here.keys() == there.keys() == set(range(4))
    assert "\n".join(differences(here, there)) == ""


_CHOSEN = """async () => {
    const { Destination } = await import("/js/device/destination.js");
    const begun = (mode, last) => {
        localStorage.clear();
        if (last) new Destination().want(last);
        const found = new Destination();
        found.begin(mode);
        return found.chosen;
    };
    const chosen = ["off", "offer", "default"].map((mode) => [null, "host", "device"].map((last) => begun(mode, last)));
    localStorage.clear();
    return chosen;
}"""


def test_what_a_visitor_chose_is_kept_and_else_the_host_says_who_computes(module_page: Page) -> None:
    assert module_page.evaluate(_CHOSEN) == [
        ["host", "host", "host"],
        ["host", "host", "device"],
        ["device", "host", "device"],
    ]


OF_THE_VISIT = ("date", "id", "title", "backend", "precision", "name")  # or of what computed


def differences(found: Any, expected: Any, where: str = "") -> Iterator[str]:
    """Places of JSON values at which two differ, numbers by more than 0.001."""
    if isinstance(expected, dict) and isinstance(found, dict):
        yield from (f"{where}/{key}" for key in expected.keys() ^ found.keys())
        for key in expected.keys() & found.keys() - set(OF_THE_VISIT):
            yield from differences(found[key], expected[key], f"{where}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for i, one in enumerate(expected):
            yield from differences(found[i], one, f"{where}/{i}")
    elif isinstance(expected, float) and isinstance(found, float):
        if not abs(found - expected) <= 1e-3:
            yield f"{where}: {found} for {expected}"
    elif found != expected:
        yield f"{where}: {found!r} for {expected!r}"[:2000]


def cut(context: BrowserContext) -> list[str]:
    """From now on nothing is answered; what is asked nevertheless is in the list."""
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route("**/*", refuse)
    return asked
