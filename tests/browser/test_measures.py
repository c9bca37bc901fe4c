"""The panes' regions and scores in the browser against the same in Python, pixel by pixel."""

import base64
import json

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from explainers.registry import EXPLAINERS
from tests.browser.stage import make_explanation, side_of
from ui.content import method_content
from ui.measures import COMPARED, METRICS, ViewMap, compare, threshold_level
from ui.panes import default_model_of

_BODY = """([method, values, side, mask, levels]) => {
    const palette = { colours: new Array(765).fill(0), exponents: new Array(255).fill(1) };
    const pair = { name: method.key, method, model: { key: method.model, short: "", label: "" } };
    const pane = new viewer.mapPane.MapPane(pair, palette);
    pane.setMap({ values: Float32Array.from(values), height: side, width: side });
    const reference = new viewer.scores.Reference("mask", Uint8Array.from(atob(mask), (one) => one.charCodeAt(0)));
    reference.measure(pane.measured);
    const count = (level) => pane.levels.reduce((sum, l, i) => (l > level ? sum + i % 9973 + 1 : sum), 0);
    return levels.map((level) => ({ mark: count(level), ...reference.at(pane.above, level, 512 * 512) }));
}"""


def packed(mask: NDArray[np.bool_]) -> str:
    """A byte a pixel as text: Playwright wraps each number of a list, which takes seconds for a mask."""
    return base64.b64encode(mask.astype(np.uint8).tobytes()).decode()


# One method for each way of laying a map over the view.
LAID = {(e.view.resampling, e.view.floor, e.view.shown): key for key, e in reversed(EXPLAINERS.items())}


@pytest.mark.parametrize("key", LAID.values())
def test_regions_and_scores_are_those_of_the_exports(module_page: Page, key: str) -> None:
    name = key if default_model_of(key) else f"{key}@timm:vit_tiny_patch16_224"
    side = side_of(name)
    maps = np.random.default_rng(3).normal(size=(14, side, side)).astype(np.float32)
    explanation = make_explanation(name, maps)
    laid = ViewMap.of(explanation, "Edema")
    rows, columns = np.mgrid[:512, :512]
    mask = (rows - 200) ** 2 + (columns - 300) ** 2 < 120**2
    levels = [threshold_level(share) for share in (0.0, 0.25, 0.5, 0.777, 1.0)]
    method = json.loads(json.dumps(method_content(EXPLAINERS[key])))
    shown = explanation.map_of("Edema")
    values, side = shown.ravel().tolist(), len(shown)
    found = module_page.evaluate(_BODY, [method, values, side, packed(mask), levels])
    weights = np.arange(512 * 512).reshape(512, 512) % 9973 + 1
    for level, said in zip(levels, found, strict=True):
        assert said["mark"] == weights[laid.region(level)].sum()
        expected = laid.scores(level, mask)
        for metric in METRICS:
            got = float("nan") if said[metric] is None else float(said[metric])
            assert got == pytest.approx(expected[metric], nan_ok=True)


_COMPARED = """([one, other, scale]) => {
    const bytes = (packed) => Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
    const [a, b] = [one, other].map((mask) => new viewer.comparingRegion.Region("", "", bytes(mask)));
    const { iou, dice, hausdorff, kappa, centre } = viewer.comparing.MEASURES;
    return [...[iou, dice, hausdorff, kappa, centre].map((measure) => measure.of(a, b, scale)), centre.of(b, a, scale)];
}"""


def blobs(seed: int) -> NDArray[np.bool_]:
    """Some discs here and there; none for 0, all for −1."""
    mask = np.full((512, 512), seed == -1)
    rows, columns = np.mgrid[:512, :512]
    rng = np.random.default_rng(seed if seed > 0 else None)
    for _ in range(3 if seed > 0 else 0):
        (row, column), radius = rng.integers(60, 450, 2), rng.integers(15, 130)
        mask |= (rows - row) ** 2 + (columns - column) ** 2 < radius**2
    return mask


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 4), (5, 5), (6, 0), (0, 0), (-1, -1), (-1, 7)])
def test_comparisons_of_two_annotations_are_those_of_the_exports(module_page: Page, one: int, other: int) -> None:
    first, second = blobs(one), blobs(other)
    expected = compare(first, second, 2.5)
    found = module_page.evaluate(_COMPARED, [packed(first), packed(second), 2.5])
    for name, value in zip(COMPARED, found, strict=True):
        got = float("nan") if value is None else float(value)
        assert got == pytest.approx(expected[name], abs=1e-12, rel=1e-6, nan_ok=True), name
