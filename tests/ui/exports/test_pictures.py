"""What is drawn over the pictures of the printed page."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from explainers.pairs import parse_pair
from tests.browser.stage import make_explanation
from ui.case_view import DISPLAY_SIZE
from ui.exports.pictures import hatch, opposing
from ui.exports.report import Pane
from ui.measures import ViewMap


def test_hatching_covers_its_mask_alone_and_leaves_the_picture_between_its_lines() -> None:
    mask = np.zeros((DISPLAY_SIZE, DISPLAY_SIZE), bool)
    mask[100:300, 200:400] = True
    mask[150:200, 250:300] = False  # a hole
    figure = Figure(figsize=(5.12, 5.12), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set(xlim=(0, DISPLAY_SIZE), ylim=(DISPLAY_SIZE, 0))
    axes.imshow(np.full((*mask.shape, 3), 128, np.uint8), extent=(0, DISPLAY_SIZE, DISPLAY_SIZE, 0))
    hatch(axes, mask, pitch=12)
    content = io.BytesIO()
    FigureCanvasAgg(figure).print_png(content)
    grey = np.asarray(Image.open(content).convert("L")).astype(int)
    changed = np.abs(grey - 128) > 8
    assert not changed[:98].any() and not changed[:, :198].any() and not changed[152:198, 252:298].any()
    assert 0.1 < changed[mask].mean() < 0.5
    assert grey[mask].min() < 100 and grey[mask].max() > 150  # it shows on dark and on bright film
    assert changed[102:298].any(axis=0)[202:398].all() and changed[:, 202:398].any(axis=1)[102:298].all()


def test_what_is_marked_and_below_zero_opposes_where_the_method_means_that() -> None:
    maps = np.tile(np.linspace(-3, 5, 8, dtype=np.float32), (14, 8, 1))
    for name, opposes in (("raw", True), ("gradcam", False), ("rollout@timm:vit_tiny_patch16_224", False)):
        explanation = make_explanation(name, maps if opposes else np.abs(maps))
        pane = Pane(parse_pair(name), explanation, ViewMap.of(explanation, "Edema"), level=0)
        found = np.zeros((DISPLAY_SIZE, DISPLAY_SIZE), bool)
        found[:, 64:192] = opposes  # of three columns below zero, the smallest value is not above the level
        np.testing.assert_array_equal(opposing(pane), found)
