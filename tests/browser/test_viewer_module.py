"""The pure functions of ui/viewer.js against NumPy, SciPy's and OpenCV's answers on the same numbers."""

import json
import re
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from explainers.pairs import parse_pair
from models.choosing import default_weights
from ui.config import viewer_config
from ui.rendering import PALETTES, colour_indices, overlay
from ui.settings import Settings

LEVELS = 65000


def random_map(seed: int, height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)


# All as texts: Playwright would take lists apart, number by number. Python's reader of JSON knows NaN and Infinity.
RUN = """([body, text]) => {
    const found = new Function("a", "v", body)(JSON.parse(text), globalThis.viewer);
    const said = (_, value) => (typeof value === "number" && !Number.isFinite(value) ? `§${value}` : value);
    return JSON.stringify(found, said);
}"""


def in_browser(page: Page, body: str, **arguments: Any) -> Any:
    """Run a function body in the page; arrays become typed arrays there and lists of numbers on the way back."""
    plain = {
        name: value.ravel().tolist() if isinstance(value, np.ndarray) else value for name, value in arguments.items()
    }
    said = page.evaluate(RUN, [body, json.dumps(plain)])
    return json.loads(re.sub('"§(-?[A-Za-z]+)"', r"\1", said))


def test_nearest_upsampling_repeats_each_patch_exactly(module_page: Page) -> None:
    values = random_map(1, 8, 8)
    got = in_browser(
        module_page, "return [...v.maps.upsampleNearest(Float32Array.from(a.values), 8, 8, 128)]", values=values
    )
    np.testing.assert_array_equal(np.reshape(got, (128, 128)), values.repeat(16, axis=0).repeat(16, axis=1))


@pytest.mark.parametrize(
    ("height", "width", "size"), [(16, 16, 256), (8, 8, 100), (5, 7, 64), (1, 1, 16), (16, 16, 16)]
)
def test_bilinear_upsampling_equals_opencv(module_page: Page, height: int, width: int, size: int) -> None:
    values = random_map(2, height, width)
    got = in_browser(
        module_page,
        "return [...v.maps.upsampleBilinear(Float32Array.from(a.values), a.height, a.width, a.size)]",
        values=values, height=height, width=width, size=size,
    )  # fmt: skip
    oracle = cv2.resize(values.astype(np.float64), (size, size), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(np.reshape(got, (size, size)), oracle, atol=1e-6)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_region_above_a_threshold_equals_numpy(module_page: Page, interpolation: str) -> None:
    values = random_map(3, 16, 16)
    body = """
        const map = v.maps.upsample(Float32Array.from(a.values), 16, 16, 128, a.interpolation);
        const [low, high] = v.maps.range(map);
        const levels = v.maps.toLevels(map, low, high);
        const regions = a.thresholds.map((t) => [...levels].map((level) => Number(level > v.maps.thresholdLevel(t))));
        return { map: [...map], regions };
    """
    thresholds = [0.0, 0.01, 0.25, 0.5, 0.77, 0.999, 1.0]
    got = in_browser(module_page, body, values=values, interpolation=interpolation, thresholds=thresholds)
    enlarged = np.array(got["map"])
    normalised = (enlarged - enlarged.min()) / (enlarged.max() - enlarged.min())
    for threshold, region in zip(thresholds, got["regions"], strict=True):
        np.testing.assert_array_equal(np.array(region, bool), normalised * LEVELS > round(threshold * LEVELS))


def test_iou_at_every_threshold_equals_numpy(module_page: Page) -> None:
    rng = np.random.default_rng(4)
    levels = rng.integers(0, LEVELS + 1, size=4096).astype(np.uint16)
    mask = rng.random(4096) < 0.3
    thresholds = list(range(0, LEVELS + 1, 650))
    body = """
        const { countsAbove, area, iouAt } = v.scores;
        const levels = Uint16Array.from(a.levels), mask = Uint8Array.from(a.mask);
        const above = countsAbove(levels), inside = countsAbove(levels, mask);
        return a.thresholds.map((t) => iouAt(above, inside, area(mask), t));
    """
    got = in_browser(module_page, body, levels=levels, mask=mask.astype(int), thresholds=thresholds)
    for threshold, iou in zip(thresholds, got, strict=True):
        region = levels > threshold
        assert iou == pytest.approx((region & mask).sum() / (region | mask).sum(), abs=1e-12)


def test_iou_of_two_empty_regions_is_undefined_and_of_one_empty_region_is_zero(module_page: Page) -> None:
    body = """
        const { countsAbove, area, iouAt } = v.scores;
        const iou = (levels, mask) => iouAt(countsAbove(levels), countsAbove(levels, mask), area(mask), 0);
        const nothing = new Uint16Array(4), nobody = new Uint8Array(4);
        return [Number.isNaN(iou(nothing, nobody)), iou(nothing, Uint8Array.of(0, 1, 1, 0)),
                iou(Uint16Array.of(9, 0, 0, 0), nobody)];
    """
    assert in_browser(module_page, body) == [True, 0, 0]


def test_a_constant_map_has_no_pixel_above_any_threshold(module_page: Page) -> None:
    got = in_browser(module_page, "return [...v.maps.toLevels(new Float32Array(9).fill(2.5), 2.5, 2.5)]")
    assert got == [0] * 9


def test_positive_part_and_range(module_page: Page) -> None:
    got = in_browser(
        module_page, "const m = Float32Array.of(-2, 0, 0.5); return [[...v.maps.positivePart(m)], v.maps.range(m)]"
    )
    assert got == [[0, 0, 0.5], [-2, 0.5]]


def test_unpacked_bits_equal_numpys(module_page: Page) -> None:
    mask = np.random.default_rng(5).random(512) < 0.5
    got = in_browser(module_page, "return [...v.maps.unpackBits(Uint8Array.from(a.bits), 512)]", bits=np.packbits(mask))
    np.testing.assert_array_equal(np.array(got, bool), mask)


def test_colour_indices_equal_pythons(module_page: Page) -> None:
    values = np.concatenate([np.linspace(-3, 3, 601), [-1e6, 1e6]]).astype(np.float32)
    got = in_browser(module_page, "return [...v.colour.colourIndices(Float32Array.from(a.values), 2)]", values=values)
    np.testing.assert_array_equal(got, colour_indices(values, 2))


@pytest.mark.parametrize("palette", sorted(PALETTES))
@pytest.mark.parametrize("opacity", [0.0, 0.3, 0.6, 1.0])
def test_blending_equals_pythons_overlay(module_page: Page, palette: str, opacity: float) -> None:
    rng = np.random.default_rng(6)
    grey = rng.integers(0, 256, size=(32, 32)).astype(np.uint8)
    values = rng.uniform(-1.2, 1.2, size=(32, 32)).astype(np.float32)
    body = """
        const codes = v.colour.pixelCodes(v.colour.colourIndices(Float32Array.from(a.values), 1), a.grey);
        const out = v.colour.blend(codes, v.colour.overlayTable(a, a.opacity), new Uint32Array(codes.length));
        return [...new Uint8Array(out.buffer)];
    """
    chosen = PALETTES[palette]
    got = in_browser(
        module_page, body, values=values, grey=grey, opacity=opacity, colours=chosen.colours, exponents=chosen.exponents
    )
    rgba = np.reshape(got, (32, 32, 4))
    oracle = overlay((grey / 255).astype(np.float32), values, 1.0, opacity, palette)
    np.testing.assert_allclose(rgba[..., :3], oracle, atol=1)  # one of 255: rounding of the last bit
    assert (rgba[..., 3] == 255).all()


@pytest.mark.parametrize("opacity", [0.0, 0.6, 1.0])
def test_a_layer_over_the_film_looks_as_pythons_overlay(module_page: Page, opacity: float) -> None:
    grey, indices = np.meshgrid(np.arange(256), np.arange(255))
    chosen = PALETTES["diverging"]
    body = "return [...new Uint8Array(v.colour.layerTable(a, a.opacity).buffer)]"
    table = in_browser(module_page, body, opacity=opacity, colours=chosen.colours, exponents=chosen.exponents)
    layer = np.reshape(table, (255, 4))[indices].astype(float)
    cover = layer[..., 3:] / 255
    seen = cover * layer[..., :3] + (1 - cover) * grey[..., None]
    oracle = overlay((grey / 255).astype(np.float32), (indices - 127) / 127, 1.0, opacity)
    np.testing.assert_allclose(seen, oracle, atol=1.1)  # rounding of the cover to one of 255, and of the result


@pytest.mark.parametrize("hide", [False, True])
def test_painting_by_tiles_shows_every_pixel_that_is_marked(module_page: Page, hide: bool) -> None:
    size, rng = 40, np.random.default_rng(4)  # tiles do not divide it
    blocks = rng.integers(0, 5, size=(5, 5)).repeat(8, axis=0).repeat(8, axis=1) * 100
    levels = np.where(rng.random((size, size)) < 0.02, 250, blocks)
    body = """
        const levels = Uint16Array.from(a.levels), out = new Uint32Array(a.size * a.size);
        const overlay = new Uint32Array(out.length).fill(2);
        const draw = (cut) => v.colour.paint(out, overlay, levels, cut, a.size, a.hide);
        return a.cuts.map((cut) => { draw(cut); return [...out]; });
    """
    cuts = [-1, 0, 99, 150, 249, 250, 399, 400]
    for cut, got in zip(
        cuts, in_browser(module_page, body, levels=levels, size=size, cuts=cuts, hide=hide), strict=True
    ):
        expected = np.where((levels > cut) | (not hide), 2, 0)
        np.testing.assert_array_equal(np.reshape(got, (size, size)), expected)


def test_nice_ceiling_is_a_round_number_at_or_above(module_page: Page) -> None:
    values = [0.0, 0.7, 1.0, 1.01, 3.3, 7.9, 12.0, 96.0, 0.034]
    got = in_browser(module_page, "return a.values.map(v.colour.niceCeiling)", values=values)
    assert got == [1, 0.8, 1, 1.5, 4, 8, 15, 100, 0.04]


def test_findings_sort_by_probability_and_ties_keep_their_order(module_page: Page) -> None:
    body = "return [{m: [0.2, 0.9, 0.2]}, null].map((p) => v.findings.sortedFindings(a.names, p, 'm'))"
    assert in_browser(module_page, body, names=["a", "b", "c"]) == [[1, 0, 2], [0, 1, 2]]


def test_findings_that_a_model_does_not_predict_come_last(module_page: Page) -> None:
    body = "return v.findings.sortedFindings(a.names, {m: [null, 0, 0.3]}, 'm')"
    assert in_browser(module_page, body, names=["a", "b", "c"]) == [2, 1, 0]


def test_mean_and_disagreement_are_over_the_models_that_predict(module_page: Page) -> None:
    opinions = [[0.2, None, None, 0.5], [0.6, 0.4, None, 0.5], [0.1, None, None, 0.5]]
    got = in_browser(module_page, "return v.opinions.together(a.opinions)", opinions=opinions)
    assert got["mean"] == pytest.approx([0.3, 0.4, None, 0.5])
    assert got["apart"] == pytest.approx([0.5, None, None, 0.0])


def test_names_of_pairs_are_the_servers(module_page: Page) -> None:
    config = viewer_config(Settings(models=default_weights() | {"timm:resnet18": "none"}))
    names = ["raw", "raw@timm:resnet18", "gradcam@cnn", "gradcam@medicalpatchnet", "lime", "raw@nobody", "@", ""]
    body = "return a.names.map((name) => v.pairs.pairOf(name, a.config)?.name ?? null)"
    got = in_browser(module_page, body, names=names, config=config)
    assert got == ["raw", "raw@timm:resnet18", "gradcam", "gradcam@medicalpatchnet", None, None, None, None]
    assert got[:3] == [parse_pair(name).name for name in names[:3]]


def test_arrangements_of_older_links_are_read(module_page: Page) -> None:
    at_first = ["radiograph", "raw", "gradcam"]
    states = [
        None,
        {"shown": ["gradcam@x", "raw"]},
        {"order": ["gradcam", "radiograph", "raw", "agreement"], "hidden": ["raw", "agreement"]},
        {"order": ["gradcam"], "hidden": ["radiograph", "agreement"]},
        {"hidden": []},
        {"order": 3},
    ]
    body = "return a.states.map((state) => v.arrange.namesOf(state, a.first))"
    assert in_browser(module_page, body, states=states, first=at_first) == [
        at_first,
        ["gradcam@x", "raw"],
        ["gradcam", "radiograph"],
        ["gradcam", "raw"],
        [*at_first, "agreement"],
        at_first,
    ]


def test_probabilities_are_never_rounded_to_certainty(module_page: Page) -> None:
    got = in_browser(module_page, "return a.p.map(v.findings.probabilityText)", p=[0, 1e-4, 0.126, 0.9991, 1])
    assert got == ["<0.01", "<0.01", "0.13", ">0.99", ">0.99"]


def test_case_filters_combine(module_page: Page) -> None:
    cases = [
        {"id": "a", "source": "s", "positives": ["Edema"]},
        {"id": "b", "source": "t", "positives": ["Edema"]},
        {"id": "c", "source": "s", "positives": []},
    ]
    body = """
        const filters = [['', ''], ['s', ''], ['', 'Edema'], ['s', 'Edema']];
        return filters.map(([source, finding]) => v.cases.filterCases(a.cases, source, finding).map((c) => c.id));
    """
    assert in_browser(module_page, body, cases=cases) == [["a", "b", "c"], ["a", "c"], ["a", "b"], ["a"]]


def test_scores_equal_scikit_learns_and_undefined_ones_are_nan(module_page: Page) -> None:
    rng = np.random.default_rng(7)
    levels = rng.integers(0, LEVELS + 1, size=4096)
    mask = rng.random(4096) < 0.2
    cuts = [-1, 0, 12345, 50000, LEVELS]
    body = """
        const levels = Uint16Array.from(a.levels), above = v.scores.countsAbove(levels);
        const peak = v.maps.peakOf(levels);
        const scores = (mask) => {
            const reference = new v.scores.Reference('r', Uint8Array.from(mask));
            reference.measure({ levels, peak });
            return a.cuts.map((cut) => reference.at(above, cut));
        };
        return [scores(a.mask), scores(a.mask.map(() => 0))];
    """
    drawn, empty = in_browser(module_page, body, levels=levels, mask=mask.astype(int), cuts=cuts)
    for cut, got in zip(cuts, drawn, strict=True):
        region = levels > cut
        assert got["recall"] == pytest.approx(recall_score(mask, region))
        assert got["dice"] == pytest.approx(f1_score(mask, region))
        assert got["iou"] == pytest.approx(jaccard_score(mask, region))
        assert got["hit"] == bool(mask[levels.argmax()])
        if region.any():
            assert got["precision"] == pytest.approx(precision_score(mask, region))
        else:
            assert np.isnan(got["precision"])
    assert np.isnan(empty[1]["recall"]) and empty[1]["precision"] == 0 and empty[1]["hit"] is None
    assert np.isnan(empty[-1]["iou"]) and np.isnan(empty[-1]["dice"])


def test_threshold_modes_mark_what_numpy_marks(module_page: Page) -> None:
    values = random_map(8, 8, 8).repeat(2, axis=0)  # with ties
    body = """
        const map = Float32Array.from(a.values), [least, most] = v.maps.range(map);
        const levels = v.maps.toLevels(map, least, most), above = v.scores.countsAbove(levels);
        const marked = (level) => [...levels].map((value) => Number(value > level));
        return [a.cuts.map((cut) => marked(v.thresholds.levelOfValue(cut, least, most))),
                a.shares.map((share) => marked(v.thresholds.levelOfShare(above, share, levels.length)))];
    """
    cuts, shares = [-9.0, -0.5, 0.0, 1.234, 9.0], [0.005, 0.1, 0.25, 0.5]
    absolute, percentile = in_browser(module_page, body, values=values, cuts=cuts, shares=shares)
    for cut, got in zip(cuts, absolute, strict=True):
        np.testing.assert_array_equal(np.array(got, bool), values.ravel() > cut)
    ranked = np.sort(values.ravel())[::-1]
    for share, got in zip(shares, percentile, strict=True):
        most = int(share * values.size)
        cut = ranked[most] if most < values.size else -np.inf  # the first value that does not fit any more
        np.testing.assert_array_equal(np.array(got, bool), values.ravel() > cut)


def test_tuned_thresholds_serve_only_the_weights_they_were_tuned_with(module_page: Page) -> None:
    tuned = {"weights": {"cnn": "a"}, "note": "tuned", "thresholds": {"gradcam": {"Edema": 0.3}}}
    body = """return [[{key: 'cnn', weights: 'a'}], [{key: 'cnn', weights: 'b'}], []].flatMap((models) =>
        ['Edema', 'Fracture'].map((finding) => v.thresholds.tunedFor(a.tuned, models, finding, a.panes)))"""
    panes = [{"key": "gradcam", "model": {"key": "cnn"}}]
    got = in_browser(module_page, body, tuned=tuned, panes=panes)
    assert got[0] == {"values": {"gradcam": 0.3}, "note": "tuned"}
    assert all(each["values"] is None and each["note"].endswith("range.") for each in got[1:])


def test_rank_correlation_equals_scipys(module_page: Page) -> None:
    rng = np.random.default_rng(9)
    one = rng.integers(0, 30, size=2048)  # many ties
    other = one + rng.integers(0, 40, size=2048)
    body = """const ranks = (values) => v.ranks.averageRanks(Uint16Array.from(values));
        return [[...ranks(a.one)], v.ranks.correlation(ranks(a.one), ranks(a.other)),
                v.ranks.ranksOf(new Float32Array(9).fill(2))]"""
    ranks, rho, constant = in_browser(module_page, body, one=one, other=other)
    np.testing.assert_array_equal(ranks, rankdata(one))
    assert rho == pytest.approx(spearmanr(one, other).statistic, abs=1e-12) and constant is None


def test_windows_spread_the_chosen_greys(module_page: Page) -> None:
    body = """
        const { greysOf, pixelsOf, valuesOf } = v.filmShades;
        const values = valuesOf({ depth: 8, first: 0, step: 1 }, null);
        return [[127.5, 255, false], [100, 50, false], [100, 50, true]].map(([level, width, inverted]) => {
            const greys = greysOf(values, { level, width, function: "LINEAR_EXACT" });
            return [...pixelsOf(greys, inverted, new Uint32Array(256))].map((pixel) => pixel & 255);
        });
    """
    whole, narrow, inverted = (np.array(shades) for shades in in_browser(module_page, body))
    grey = np.arange(256)
    np.testing.assert_array_equal(whole, grey)
    oracle = np.interp(grey, [75, 125], [0, 255])
    np.testing.assert_allclose(narrow, oracle, atol=0.51)
    np.testing.assert_allclose(inverted, 255 - oracle, atol=0.51)


def test_addresses_keep_the_state_and_drop_nonsense(module_page: Page) -> None:
    config = {"schemes": [{"key": "red-blue"}, {"key": "cividis"}]}
    state = {
        "case": "patient1_study1", "finding": "Edema",
        "settings": {"threshold": 0.25, "scheme": "cividis", "hide": True},
        "parts": {"zoom": [1, 2, 256], "cross": [3, 4]},
    }  # fmt: skip
    nonsense = (
        "#case=c&finding=%3Cb%3E&threshold=7&opacity=%22x%22&mode=%22none%22&hide=1&scheme=%22x%22&zoom={&fetch=1"
    )
    body = "return [v.link.readHash(v.link.writeHash(a.state), a.config), v.link.readHash(a.nonsense, a.config)]"
    kept, dropped = in_browser(module_page, body, state=state, config=config, nonsense=nonsense)
    assert kept == state | {"laid": ""}
    assert dropped == {"case": "c", "finding": "<b>", "settings": {}, "parts": {}, "laid": ""}


def test_a_patch_that_is_off_says_what_it_would_add(module_page: Page) -> None:
    """By pencil: of four patches with two off, one of them turned on again would be one of three."""
    body = """
        const switches = new v.patches.PatchSelection(Float32Array.from(a.logits), 2);
        switches.set([1, 3], true);
        return [0, 1, 2, 3].map((patch) => [...switches.contributions(patch)]);
    """
    logits = np.array([[1.0, 2.0, 3.0, 4.5], [-1.0, 6.0, 0.0, 1.5]])
    got = in_browser(module_page, body, logits=logits)
    np.testing.assert_allclose(got, (logits / [2, 3, 2, 3]).T, atol=1e-15)


def test_a_brush_touches_the_pixels_at_exactly_its_radius(module_page: Page) -> None:
    body = "const m = new Uint8Array(225); v.raster.fillStroke(m, a.line, a.radius, 15); return [...m]"
    rows, columns = np.mgrid[:15, :15]
    for radius in (1, 2, 5):
        dot = np.reshape(in_browser(module_page, body, line=[[7.5, 7.5]], radius=radius), (15, 15)).astype(bool)
        np.testing.assert_array_equal(dot, (rows - 7) ** 2 + (columns - 7) ** 2 <= radius**2)
        line = in_browser(module_page, body, line=[[0.5, 7.5], [14.5, 7.5]], radius=radius)
        np.testing.assert_array_equal(np.reshape(line, (15, 15)).astype(bool), abs(rows - 7) <= radius)


def test_a_window_reaches_from_the_first_grey_that_holds_its_share(module_page: Page) -> None:
    """By pencil: of the greys 10, 20, 30 and 40, a quarter of the pixels each, a half lies at or below 20."""
    grey = np.repeat([10, 20, 30, 40], 64)
    body = "return a.shares.map(([from, to]) => v.window.windowOf(Uint8Array.from(a.grey), from, to))"
    shares = [[0.25, 0.5], [0.25, 0.75], [0.26, 1], [0.5, 0.5]]
    got = in_browser(module_page, body, grey=grey, shares=shares)
    assert [(one["level"], one["width"]) for one in got] == [(15, 10), (20, 20), (30, 20), (20, 1)]
