"""A researcher's visit to the Benchmark tab, and its numbers against the library's."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.bundled_cohort import bundled_cohorts, bundled_curves
from evaluation.cohort.curves import STEPS, CohortCurves
from evaluation.cohort.files import unpack
from evaluation.results import MEAN, Estimate, Results
from evaluation.scores import METRICS
from evaluation.skill import skills
from evaluation.truth.ground_truth import read_masks
from explainers.pairs import shown_masks
from tests.evaluation.counted import scores
from tests.ui.visitor import Visitor
from ui.benchmark import row_content

PATIENCE = 60_000  # milliseconds; tests share their machine
# The tab's view, which is sought once: the page has thousands of elements.
VIEW = "globalThis.benchmarkView"
FIND_VIEW = f"""() => {{
    const places = [...document.querySelectorAll("#benchmark, #benchmark *")];
    {VIEW} = places.find((one) => one.benchmark).benchmark;
}}"""
# Roles are sought where they stand: of the buttons of the whole table Playwright would work out the names.
SETTINGS, OWN = ".bench .settings", ".bench .own"
# As text: Playwright would take the many values apart one by one.
_NUMBERS = """(metric) => { const board = VIEW.board, found = board.estimatesOf(metric);
    return JSON.stringify(Object.fromEntries(board.methods.map(({ key }, m) =>
        [key, found[m].map((e) => [e.value, e.low, e.high, e.n])]))); }"""
_FLOORS = """() => { const board = VIEW.board;
    return board.methods.flatMap((one, m) => one.kind === "floor" ? [board.estimates[m].map((e) => e.value)] : []); }"""
_SKILLS = """() => JSON.stringify(VIEW.table.rows.map(({ cells }) => {
    const best = cells.find((cell) => cell.element.dataset.rank === "floor");
    const key = ({ m }) => VIEW.board.methods[m].key;
    return Object.fromEntries(cells.map((cell) => [key(cell), [cell.skill?.textContent, key(best)]])); }))"""
_DIFFERENCES = (
    "() => VIEW.board.differences(4, 0).map((e, row) => [e.value, e.low, e.high, VIEW.board.test(4, 0, row), e.n])"
)


@pytest.fixture(scope="module")
def address(narrow_app: tuple[str, Path]) -> Iterator[str]:
    """The app's, whose cache is that of these tests too."""
    address, folder = narrow_app
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield address


@pytest.fixture(scope="module")
def visit(chromium: Browser, address: str) -> Iterator[Page]:
    """One visit with the tab open, which must not complain and must ask nothing of other hosts."""
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else complaints.append(r.url))
    open_tab(page, address)
    yield page
    page.close()
    assert complaints == []


def open_tab(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("tab", name="Benchmark").click()
    settled(page)
    page.evaluate(FIND_VIEW)


def settled(page: Page) -> None:
    page.wait_for_function(
        "() => document.querySelector('.bench')?.getAttribute('aria-busy') === 'false' && "
        "document.querySelector('.bench .scores tbody tr')",
        polling=100,
    )


@cache
def bundled() -> tuple[CohortCurves, dict[str, Any]]:
    """The counts of the bundled cohort, and what is said of it."""
    content = bundled_curves("paper")
    assert content is not None
    return unpack(content)


TUNED = {"iou_tp": STEPS + 1, "iou_all": STEPS + 2, "hit": 0}


@cache
def library(step: int | None = None) -> Results:
    """What the library makes of the same counts with one threshold, or with the tuned ones."""
    curves, _ = bundled()
    return Results(
        curves.methods, curves.cases, (), scores(curves, lambda _, metric, __: TUNED[metric] if step is None else step)
    )


@cache
def estimates(step: int | None = None) -> dict[tuple[str, str, str], Estimate]:
    """The means and intervals of `library`."""
    return library(step).estimates(1000, 0, "patient")


def floors() -> Results:
    """The floors of the bundled cohort."""
    curves, about = bundled()
    return Results(tuple(about["floors"]), curves.cases, (), curves.floors.transpose(0, 1, 3, 2))


def floor_means() -> NDArray[np.float64]:
    """Means of the floors: (floors, metrics, findings + 1)."""
    return floors().means()[0]


def same_as_library(page: Page, step: int | None = None, metrics: Sequence[str] = METRICS) -> None:
    for metric in metrics:
        found = json.loads(page.evaluate(_NUMBERS.replace("VIEW", VIEW), metric))
        for method in library(step).methods:
            for row, finding in enumerate((*LOCALIZED_FINDINGS, MEAN)):
                one = estimates(step)[method, finding, metric]
                expected = [one.value, one.interval.low, one.interval.high, one.n]
                np.testing.assert_allclose(
                    as_numbers([found[method][row]])[0], expected, rtol=0, atol=1e-9, err_msg=f"{method} {finding}"
                )


def as_numbers(found: list[list[float | None]]) -> NDArray[np.float64]:
    return np.array([[np.nan if value is None else value for value in row] for row in found], float)


def cell(page: Page, row: int, column: int) -> str:
    return page.locator(".bench .scores tbody tr").nth(row).locator("td .value").nth(column).inner_text()


def cells(page: Page) -> list[str]:
    """The first method's values, from above."""
    return page.locator(".bench .scores tbody tr").evaluate_all(
        "(rows) => rows.map((row) => row.querySelector('td .value').innerText)"
    )


def move(page: Page, label: str, step: int) -> None:
    page.locator(
        f"{SETTINGS} .all input" if label == "All findings" else f'.bench input[aria-label="{label}"]'
    ).evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", step)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def setting(page: Page, name: str) -> Locator:
    return page.locator(SETTINGS).get_by_role("button", name=name, exact=True)


def row_name(page: Page, name: str) -> Locator:
    return page.locator(".bench .scores tbody th").get_by_role("button", name=name, exact=True)


def own_archive() -> bytes:
    """Nearly perfect maps of the cardiomegaly masks of the bundled cohort."""
    truth = read_masks(bundled_cohorts()[0].masks)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for case, masks in truth.cases.items():
            drawn = masks["Cardiomegaly"]
            if not drawn.area:
                continue
            small = cv2.resize(drawn.decode().astype(np.uint8) * 255, (32, 32), interpolation=cv2.INTER_AREA)
            opened.writestr(f"mine/{case}/Cardiomegaly.png", cv2.imencode(".png", small)[1].tobytes())
    return buffer.getvalue()


def drop(page: Page, name: str, data: bytes) -> None:
    page.locator(".bench .own input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": data}
    )


def own_method(page: Page) -> str:
    """The name of the own method of this visit, which is added where there is none yet."""
    own = page.locator(".bench .scores thead th.own")
    if not own.count():
        drop(page, "near perfect.zip", own_archive())
    expect(own).to_contain_text(re.compile(r"maps-\d+"))
    settled(page)
    found = re.search(r"maps-\d+", own.inner_text())
    assert found
    return found[0]


def test_the_bundled_cohort_is_there_with_tuned_thresholds(visit: Page) -> None:
    expect(visit.locator(".bench .facts")).to_contain_text("simulated, no patients: 300 cases of 172")
    assert setting(visit, "Tuned: halving search").get_attribute("aria-pressed") == "true"
    same_as_library(visit)
    expect(visit.locator(".bench .warnings")).to_contain_text("made with other weights of MedicalPatchNet")
    setting(visit, "Otsu").click()
    settled(visit)
    same_as_library(visit, STEPS + 3, ["iou_all"])


def test_sliders_move_every_number_at_once_without_the_server(visit: Page) -> None:
    requests: list[str] = []
    visit.on("request", lambda request: requests.append(request.url))
    move(visit, "All findings", 70)
    results = library(70)
    same_as_library(visit, 70, ["iou_tp", "iou_all"])  # no hit depends on a threshold
    found = visit.evaluate(_DIFFERENCES.replace("VIEW", VIEW))
    two = [results.methods.index(method) for method in ("raw", "eigencam")]
    pair = Results(("raw", "eigencam"), results.cases, (), results.values[two])
    differences = {d.finding: d for d in pair.differences(1000, 0, "patient") if d.metric == "iou_tp"}
    for row, finding in enumerate((*LOCALIZED_FINDINGS, MEAN)):
        one = differences[finding]
        interval = one.estimate.interval
        expected = [-one.estimate.value, -interval.high, -interval.low, one.test.p, one.estimate.n]
        np.testing.assert_allclose(found[row], expected, rtol=0, atol=2e-3)  # the other tail, one order statistic on
        assert found[row][3] == pytest.approx(one.test.p, rel=1e-12)  # the same flips
    before = cells(visit)
    move(visit, "Threshold of Edema", 140)
    after = cells(visit)
    edema = LOCALIZED_FINDINGS.index("Edema")
    assert [row for row in range(11) if before[row] != after[row]] == [edema, 10]
    assert requests == []


_BARS = """() => Object.fromEntries(VIEW.bars.chart.figure.data.map(
    ({ meta, x, y, error_x, error_y, orientation }) => {
        const [values, ends] = orientation === "h" ? [x, error_x] : [y, error_y];
        return [VIEW.board.methods[meta].key, [values, ends.array, ends.arrayminus]]; }))"""


def test_charts_show_the_librarys_numbers_and_the_mark_moves_along_its_line(visit: Page) -> None:
    row_name(visit, "Mean of findings").click()
    move(visit, "All findings", 70)
    results, expected = library(70), estimates(70)
    visit.locator(".bench .charts").scroll_into_view_if_needed()
    visit.wait_for_function(f"() => {VIEW}.curves.chart.figure && {VIEW}.differences.chart.figure")
    visit.locator(".bench [role=application][aria-label*='by finding']").scroll_into_view_if_needed()
    visit.wait_for_function(f"() => {VIEW}.bars.chart.figure && !{VIEW}.bars.chart.stale")
    bars = visit.evaluate(_BARS.replace("VIEW", VIEW))
    for method in results.methods:
        for row, finding in enumerate((*LOCALIZED_FINDINGS, MEAN)):
            one = expected[method, finding, "iou_tp"]
            ends = [one.value, one.interval.high - one.value, one.value - one.interval.low]
            np.testing.assert_allclose([part[row] for part in bars[method]], ends, rtol=0, atol=1e-9)
    lines = visit.evaluate(f"{VIEW}.curves.chart.figure.data.filter((t) => t.hovertemplate).map(({{ y }}) => y[70])")
    marks = visit.evaluate(f"{VIEW}.curves.chart.figure.layout.shapes.map((s) => [s.xanchor, s.yanchor])")
    drawn = sorted(results.methods, key=shown_masks)  # what was shown masks comes last
    means = [expected[method, MEAN, "iou_tp"].value for method in drawn]
    np.testing.assert_allclose(lines, means, rtol=0, atol=1e-9)
    np.testing.assert_allclose(marks, [[0.35, mean] for mean in means], rtol=0, atol=1e-9)
    dots = visit.evaluate(f"{VIEW}.differences.chart.figure.layout.shapes.flatMap((s) => s.xanchor ?? [])")
    compared = [one for one, name in zip(results.values, results.methods, strict=True) if not shown_masks(name)]
    outlines = [one[1] for one in (*compared, *floors().values) if not np.isnan(one[1]).all()]
    apart = [np.nanmean(one - outlines[0], axis=0).mean() for one in outlines[1:]]  # over the cases that both have
    np.testing.assert_allclose(dots, apart, rtol=0, atol=1e-9)
    move(visit, "Threshold of Edema", 140)


@pytest.mark.parametrize(
    ("metric", "label"),
    [
        pytest.param("hit", "Hit rate", marks=pytest.mark.thorough),
        pytest.param("iou_all", "mIoU, TP+FP+FN", marks=pytest.mark.thorough),
        ("iou_tp", "mIoU, TP only"),
    ],
)
def test_floors_and_skill_are_the_librarys(visit: Page, metric: str, label: str) -> None:
    setting(visit, "Tuned: halving search").click()
    curves, _ = bundled()
    best = np.full((1, 3, len(curves.cases), len(LOCALIZED_FINDINGS)), np.nan)
    for p, (f, c) in enumerate(zip(curves.pair_finding, curves.pair_case, strict=True)):
        best[0, 1:, c, f] = curves.ceilings[-1, p]
    methods, without = library(), floors()
    values = np.concatenate([methods.values, without.values])
    everything = Results((*methods.methods, *without.methods), curves.cases, (), values)
    ceilings = Results(("Ceiling 512×512, paper",), curves.cases, (), best)
    found = {
        (one.method, one.metric, one.finding): one for one in skills(everything, ceilings, "paper", 1000, 0, "patient")
    }
    setting(visit, label).click()
    settled(visit)
    shown = visit.evaluate(_FLOORS.replace("VIEW", VIEW))
    np.testing.assert_allclose(as_numbers(shown), floor_means()[:, METRICS.index(metric)], rtol=0, atol=1e-9)
    cells = json.loads(visit.evaluate(_SKILLS.replace("VIEW", VIEW)))
    for method in methods.methods:
        for row, finding in enumerate((*LOCALIZED_FINDINGS, MEAN)):
            one, (text, badge) = found[method, metric, finding], cells[row][method]
            assert (text == "") == np.isnan(one.value)
            if text:  # as rounded for people; half a step may go either way
                assert float(text.removeprefix("skill ").replace("−", "-")) == pytest.approx(one.value, abs=5.001e-4)
            assert badge == one.floor
    setting(visit, "mIoU, TP only").click()
    settled(visit)
    verdict = visit.locator(".bench .verdict")
    expect(verdict).to_contain_text("no method beats not looking at the radiograph")
    expect(verdict).to_contain_text("0.121 below Floor: prior (0.334)")
    move(visit, "All findings", 70)
    move(visit, "Threshold of Edema", 140)


_TAMPER = """() => { const board = VIEW.board, raw = board.methods[0];
    raw.scores = function (metric, f, marking, out) {
        Object.getPrototypeOf(raw).scores.call(raw, metric, f, marking, out);
        return metric === "iou_tp" ? out.forEach((v, c) => { if (v < 0.2) out[c] = NaN; }) ?? out : out; };
    raw.lacking = () => new Uint8Array(raw.cases).fill(1);
    board.numbers.clear(); board.forget(); VIEW.redraw();
    const ranked = [...board.methods.keys()].filter((m) => board.methods[m].kind === "cached");
    const values = ranked.map((m) => board.values[m].map((one) => [...one]));
    const best = [...board.ranks(10).best].map((m) => ranked.indexOf(m));
    return JSON.stringify([values, best, ranked.map((m) => board.estimates[m][10].value)]); }"""
_RESTORE = """() => { const board = VIEW.board, raw = board.methods[0]; delete raw.scores; delete raw.lacking;
    board.numbers.clear(); board.forget(); VIEW.redraw(); }"""


def test_leaving_maps_out_makes_no_method_the_best(visit: Page) -> None:
    """As where Raw had no maps of the masks that it outlines badly, and TP-only IoU no value of them."""
    values, best, means = json.loads(visit.evaluate(_TAMPER.replace("VIEW", VIEW)))
    found = np.array([[[np.nan if v is None else v for v in row] for row in one] for one in values], np.float64)
    shared = np.where(np.isnan(found[0]), np.nan, found)
    expected = np.nanmean(shared, axis=2).mean(axis=1)
    assert np.argmax(means) == 0 and best == [
        m for m, v in enumerate(expected) if f"{v:.3f}" == f"{expected.max():.3f}"
    ]
    verdict = visit.locator(".bench .verdict")
    expect(verdict).to_contain_text(f"({expected.max():.3f}), lies")
    lacked = np.isnan(found[0]) & ~np.isnan(found[1])
    expect(verdict).to_contain_text(f"without map and value are Raw patch map of {lacked.sum()}.")
    visit.evaluate(_RESTORE.replace("VIEW", VIEW))
    expect(verdict).not_to_contain_text("without map")


def test_floors_can_be_left_out(visit: Page) -> None:
    before = visit.locator(".bench .scores thead th").count()
    visit.locator(SETTINGS).get_by_label("Floors and skill").uncheck()
    settled(visit)
    assert visit.locator(".bench .scores thead th.floor, .bench .scores td.skill").count() == 0
    expect(visit.locator(".bench .verdict")).to_be_empty()
    expect(visit.locator(".bench .legend")).not_to_contain_text("Floor")
    visit.locator(SETTINGS).get_by_label("Floors and skill").check()
    settled(visit)
    assert visit.locator(".bench .scores thead th").count() == before


def test_bad_archives_are_one_sentence_and_nothing_is_lost(visit: Page) -> None:
    before = visit.locator(".bench .scores").inner_text()
    drop(visit, "broken.zip", b"no archive")
    expect(
        visit.locator(".bench [role=alert]").filter(has_text="Expected a ZIP archive, found maps-1.zip")
    ).to_be_visible()
    settled(visit)
    assert visit.locator(".bench .scores").inner_text() == before


# How far the visitor's own heat maps lie below the chart above them, which grows by their bars.
_BELOW = """() => document.querySelector(".bench section.own").getBoundingClientRect().top
    - VIEW.bars.element.getBoundingClientRect().top"""
# The server's answer once more.
_AGAIN = """() => {
    const notes = [...document.querySelectorAll(".bench section.own .notes li")].map((e) => e.innerText);
    VIEW.own.show(VIEW.own.fields.map(({ name }) => ({ name, notes })), []); }"""


def test_an_own_method_joins_this_visit_alone(visit: Page, address: str) -> None:
    visit.evaluate("scrollTo(0, 0)")
    name = own_method(visit)
    below = visit.evaluate(_BELOW.replace("VIEW", VIEW))
    visit.locator(OWN).get_by_role("button", name="Show file names").click()
    visit.wait_for_function(f"() => {VIEW}.bars.chart.figure && !{VIEW}.bars.chart.stale && !{VIEW}.bars.chart.busy")
    assert visit.evaluate(_BELOW.replace("VIEW", VIEW)) == below  # what moves under a press would lose it
    expect(visit.locator(".bench .scores thead th.own")).to_contain_text("near perfect")
    visit.locator(OWN).get_by_label(f"Name of {name}").fill("Ours")
    visit.locator(OWN).get_by_label(f"Name of {name}").dispatch_event("change")
    expect(visit.locator(".bench .scores thead th.own")).to_contain_text("Ours")
    visit.locator(OWN).get_by_label(f"Name of {name}").fill("")
    visit.locator(OWN).get_by_label(f"Name of {name}").dispatch_event("change")
    visit.locator(OWN).get_by_role("button", name="Hide file names").click()
    expect(visit.locator(".bench .scores thead th.own")).to_contain_text(name)
    settled(visit)
    expect(visit.locator(".bench .own .notes")).to_contain_text(
        "of 300 cases with maps; on the others the method counts as marking"
    )
    visit.locator(OWN).get_by_role("button", name="Show file names").hover()
    visit.mouse.down()
    visit.evaluate(_AGAIN.replace("VIEW", VIEW))
    visit.mouse.up()
    visit.locator(OWN).get_by_role("button", name="Hide file names").click()
    row_name(visit, "Cardiomegaly").click()
    row = visit.locator(".bench .differences tbody tr").filter(has_text=name)
    assert float(row.locator(".value").inner_text().replace("−", "-")) > 0.3
    expect(row).to_contain_text("0.00001")  # none of the flips is as far
    expect(visit.locator(".bench .verdict")).to_contain_text("The best, ")  # and not the method of one finding
    expect(visit.locator(".bench .verdict")).not_to_contain_text(f"{name} (")
    with Visitor(address).visiting() as other:
        asked = {"key": "phantom-test", "alignment": "paper", "readers": "union", "turn": 1}
        *_, answer = other.ask("cohort", asked)
    assert answer["cohort"]["key"] == "phantom-test" and answer["own"] == []


def test_the_worst_case_opens_in_explore(visit: Page) -> None:
    visit.evaluate("() => document.addEventListener('explorer:open', (e) => { globalThis.opened = e.detail; })")
    bars = visit.locator(".bench [role=application][aria-label*='mIoU, TP only by finding']")
    bars.scroll_into_view_if_needed()
    expect(bars.locator(".barlayer .point").first).to_be_visible()
    bars.focus()
    for _ in range(1 + LOCALIZED_FINDINGS.index("Cardiomegaly")):
        visit.keyboard.press("ArrowRight")
    expect(visit.locator(".bench [aria-live]").filter(has_text="Raw patch map, Cardiomegaly: 0.")).to_be_attached()
    visit.keyboard.press("Enter")
    rows = visit.locator(".bench .behind tbody tr")
    expect(rows.first).to_be_visible()
    visit.locator(".bench .behind").get_by_role("button", name=re.compile("^Show all")).click()
    values = [float(text) for text in visit.locator(".bench .behind .value").all_inner_texts()]
    assert values == sorted(values) and len(values) == 73
    expect(rows.filter(has_text="not in the app").first).to_be_visible()
    row = rows.filter(has=visit.get_by_role("button", name=re.compile("in Explore"))).first
    case = row.locator("th").inner_text()
    row.get_by_role("button").click()
    assert visit.evaluate("() => globalThis.opened") == {"case": case, "finding": "Cardiomegaly"}
    expect(visit.get_by_role("tab", name="Explore")).to_have_attribute("aria-selected", "true")
    expect(visit.locator(".case-id")).to_have_text(case)
    visit.get_by_role("tab", name="Benchmark").click()
    expect(visit.locator(".bench .scores")).to_be_visible()


def test_the_table_comes_as_csv_markdown_and_latex(visit: Page, tmp_path: Path) -> None:
    own = own_method(visit)
    for form, suffix in (("CSV", "csv"), ("Markdown", "md"), ("LaTeX", "tex")):
        with visit.expect_download() as waiting:
            visit.locator(".bench .downloads").get_by_role("button", name=f"Download the table as {form}").click()
        waiting.value.save_as(tmp_path / f"table.{suffix}")
    lines = (tmp_path / "table.csv").read_text().splitlines()
    settings = [line for line in lines if line.startswith("# ")]
    assert any("Alignment: paper" in line for line in settings) and any(
        "not for diagnosis" in line for line in settings
    )
    rows = list(csv.DictReader(line for line in lines if not line.startswith("# ")))
    shown = {(row["method"], row["finding"]): row for row in rows if row["metric"] == "iou_tp"}
    mean = shown["Raw patch map", "Mean"]
    assert f"{float(mean['value']):.3f}" == cell(visit, 10, 0)
    assert shown["Raw patch map", "Edema"]["threshold"] == "0.700"
    assert (own, "Cardiomegaly") in shown and ("Floor: prior", "Cardiomegaly") in shown
    skill = visit.locator(".bench .scores tbody tr").nth(10).locator("td .skill").first.inner_text()
    assert f"skill {float(mean['skill']):+.3f}".replace("-", "−") == skill and mean["best_floor"] == "Floor: prior"
    assert "### Skill in Hit rate" in (tmp_path / "table.md").read_text()
    assert cell(visit, 10, 0) in (tmp_path / "table.md").read_text()
    assert r"\begin{tabular}" in (tmp_path / "table.tex").read_text()


def test_an_own_method_can_be_removed(visit: Page) -> None:
    """The table is left scrolled to a column that is gone; the next test begins there."""
    own = own_method(visit)
    visit.locator(".bench .scores thead").get_by_role("button", name=f"Remove {own}").click()
    expect(visit.locator(".bench .scores thead th.own")).to_have_count(0)


_CUT = """() => { const region = document.querySelector('.sideways .scroll').getBoundingClientRect();
    const heads = [...document.querySelectorAll('.bench .scores thead th')].map((e) => e.getBoundingClientRect());
    return heads.filter(({ left, right }) => left < region.right - 1 && right > region.right + 1); }"""


@pytest.mark.parametrize(
    "width", [pytest.param(1440, marks=pytest.mark.thorough), pytest.param(1024, marks=pytest.mark.thorough), 390]
)
def test_the_tab_fits_its_width(visit: Page, width: int) -> None:
    visit.set_viewport_size({"width": width, "height": 800})
    visit.wait_for_timeout(200)
    assert visit.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.evaluate(_CUT) == []
    table = visit.get_by_role("region", name="Table of means")
    table.evaluate("(e) => e.scrollTo({ left: 0, behavior: 'instant' })")
    back, on = (visit.get_by_role("button", name=f"Columns to the {side}") for side in ("left", "right"))
    expect(visit.locator(".bench .more-columns")).to_contain_text("Columns 1 to")
    assert back.is_disabled()
    on.click()
    expect(back).to_be_enabled()
    table.focus()
    visit.keyboard.press("Home")
    visit.keyboard.press("ArrowRight")
    visit.wait_for_function("() => document.querySelector('.sideways .scroll').scrollLeft > 0")
    first = visit.locator(".bench .scores tbody th").first.bounding_box()
    assert first and first["x"] == pytest.approx((table.bounding_box() or {})["x"], abs=1)  # the findings stay in sight
    table.evaluate("(e) => e.scrollTo({ left: 0, behavior: 'instant' })")
    visit.set_viewport_size({"width": 1440, "height": 900})


# Of each method that has a mark, what it is called and its mark.
_HEADS = """() => [...document.querySelectorAll(".bench .scores thead th:has(.mark)")].map((head) =>
    [head.querySelector(".title").innerText, head.querySelector(".mark").getAttribute("class")])"""


# test_site.py has the aligned cohort in the ordinary run, and tests/ui/test_benchmark.py what the server says of it.
@pytest.mark.thorough
def test_alignment_and_cohort_are_switched_and_marks_are_kept(visit: Page) -> None:
    own = own_method(visit)
    before, heads = cell(visit, 10, 0), visit.evaluate(_HEADS)
    assert [label for label, _ in heads[:5]] == [row_content(name)["label"] for name in library().methods[:5]]
    setting(visit, "Aligned").click()
    expect(setting(visit, "Aligned")).to_have_attribute("aria-pressed", "true")
    settled(visit)
    assert cell(visit, 10, 0) != before
    assert visit.evaluate(_HEADS) == heads and len({mark for _, mark in heads[:5]}) == 5
    expect(visit.locator(".bench .scores thead th.own")).to_contain_text(own)
    assert setting(visit, "Covered").is_disabled()
