import dataclasses
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from ui.case_view import DISPLAY_SIZE, CaseView, crop_words
from ui.content import (
    case_content,
    map_content,
    method_content,
    palette_contents,
    probabilities,
)
from ui.rendering import PALETTES, SIZE


def keep(array: NDArray[Any]) -> dict[str, Any]:
    return {"array": array}


def wide_case(**masks: NDArray[np.bool_]) -> Case:
    """A radiograph twice as wide as tall, of which the central half is seen."""
    pixels = np.tile(np.linspace(0, 1, 200, dtype=np.float32), (100, 1))
    names = {name.replace("_", " "): Rle.encode(mask) for name, mask in masks.items()}
    return Case("wide", "wide", "upload", pixels=pixels, masks=names)


def viewed(case: Case) -> CaseView:
    return CaseView.of(case, case.read())


def box(left: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros((100, 200), bool)
    mask[20:60, left:right] = True
    return mask


def test_masks_are_sent_in_view_coordinates_bit_by_bit() -> None:
    content = case_content(viewed(wide_case(Edema=box(100, 125))), "k", keep)
    assert content["masks"]["findings"] == ["Edema"]
    mask = np.unpackbits(content["masks"]["array"]).reshape(DISPLAY_SIZE, DISPLAY_SIZE).astype(bool)
    rows, columns = np.nonzero(mask)
    scale = DISPLAY_SIZE / 100
    assert (rows.min(), rows.max() + 1) == pytest.approx((20 * scale, 60 * scale), abs=1)
    assert (columns.min(), columns.max() + 1) == pytest.approx((50 * scale, 75 * scale), abs=1)


def test_outlines_lie_where_the_masks_lie() -> None:
    content = case_content(viewed(wide_case(Edema=box(100, 125))), "k", keep)
    path = content["case"]["outlines"]["Edema"]
    numbers = np.array(re.findall(r"-?[\d.]+", path), float).reshape(-1, 2)
    scale = DISPLAY_SIZE / 100
    np.testing.assert_allclose(numbers.min(axis=0), [50 * scale, 20 * scale], atol=scale)
    np.testing.assert_allclose(numbers.max(axis=0), [75 * scale, 60 * scale], atol=scale)


def test_contours_are_preferred_to_the_borders_of_the_mask() -> None:
    case = wide_case(Edema=box(100, 125))
    triangle = np.array([[60, 10], [90, 10], [75, 40]], np.float32)
    drawn = Case(**{**vars(case), "contours": {"Edema": (triangle,)}})
    path = case_content(viewed(drawn), "k", keep)["case"]["outlines"]["Edema"]
    assert path == "M51.2 51.2L204.8 51.2L128 204.8Z"


def test_the_human_benchmark_and_the_geometry_are_sent_in_view_coordinates() -> None:
    case = wide_case(Edema=box(100, 125))
    drawn = {
        "human_masks": {"Edema": Rle.encode(box(50, 75)), "Cardiomegaly": Rle.encode(box(0, 40))},
        "human_contours": {"Edema": (np.array([[60, 10], [90, 10], [75, 40]], np.float32),)},
        "human_points": {"Edema": ((100.0, 50.0),), "Cardiomegaly": ()},
    }
    content = case_content(viewed(Case(**{**vars(case), **drawn})), "k", keep)
    assert content["human"]["findings"] == ["Edema"]  # the other lies outside the view
    human = np.unpackbits(content["human"]["array"]).reshape(DISPLAY_SIZE, DISPLAY_SIZE)
    assert np.flatnonzero(human.any(axis=0))[[0, -1]].tolist() == [0, 127]
    assert content["case"]["human_outlines"]["Edema"] == "M51.2 51.2L204.8 51.2L128 204.8Z"
    assert content["case"]["human_points"] == {"Edema": [[256.0, 256.0]]}
    assert content["case"]["size"] == [100, 200]
    crop = {"top": 0, "left": 50, "side": 100}
    assert content["case"]["geometry"] == {"height": 100, "width": 200, "input_size": 512, "crop": crop}
    plain = case_content(viewed(case), "k", keep)
    assert plain["human"] is None and plain["case"]["human_points"] == plain["case"]["human_outlines"] == {}


def test_why_there_is_no_mask_is_said() -> None:
    case = wide_case(Edema=np.zeros((100, 200), bool), Cardiomegaly=box(0, 40), Consolidation=box(40, 60))
    content = case_content(viewed(case), "k", keep)
    notes = content["case"]["mask_notes"]
    assert notes["Edema"] == "radiologists drew nothing"
    assert notes["Cardiomegaly"] == "mask lies outside the view"
    assert notes["Consolidation"] == "50 % of it outside the view"
    assert notes["Pneumonia"] == "no radiologist mask"
    assert content["masks"]["findings"] == ["Consolidation"]


def test_what_a_simulator_knows_is_not_called_a_radiologists() -> None:
    case = Case(**{**vars(wide_case(Edema=box(100, 125))), "source": "phantom-test"})
    facts = viewed(case).facts
    assert "radiologist" not in facts["outline_is"] and "radiologist" not in "".join(facts["mask_notes"].values())


def test_a_case_without_masks_says_so_for_every_finding() -> None:
    content = case_content(viewed(wide_case()), "k", keep)
    assert content["masks"] is None and set(content["case"]["mask_notes"]) == set(FINDINGS)


@pytest.mark.parametrize(
    ("height", "width", "words"),
    [
        (100, 100, ""),
        (2022, 2021, ""),
        (2320, 2828, "9 % of the radiograph left and right"),
        (400, 100, "38 % of the radiograph above and below"),
    ],
)
def test_what_the_crop_hides_is_said(height: int, width: int, words: str) -> None:
    said = crop_words(Geometry(height, width, 512))
    assert words in said and bool(words) == bool(said)


def test_probabilities_are_sigmoids_without_overflow() -> None:
    logits = np.array([0.0, 2.0, -2.0, 1500.0, -1500.0], np.float32)
    assert probabilities(logits) == pytest.approx([0.5, 0.880797, 0.119203, 1.0, 0.0], abs=1e-6)
    assert probabilities(np.array([np.nan, 0], np.float32)) == [None, 0.5]


def explanation_of(key: str, **parameters: Any) -> Explanation:
    entry = EXPLAINERS[key]
    return Explanation(
        method=key, model="cnn", case_id="c", maps=np.zeros((14, 8, 8), np.float32), model_id="m",
        weights_sha256="0" * 64, parameters=entry.parse(parameters).model_dump(), logits=np.zeros(14, np.float32),
        geometry=Geometry(8, 8, 64), depends_on_finding=entry.depends_on_finding, can_be_negative=True,
        resampling=entry.view.resampling, seconds=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("key", EXPLAINERS)
def test_what_is_shown_of_a_method_is_what_its_entry_declares(key: str) -> None:
    entry, content = EXPLAINERS[key], method_content(EXPLAINERS[key])
    note = map_content(explanation_of(key), keep)["note"].casefold()
    assert content["unit"] == entry.view.unit and content["floor"] == entry.view.floor
    assert (content["palette"] == "diverging") == (entry.depends_on_finding and entry.view.negative_opposes)
    assert ("does not depend on the finding" in note) == (not entry.depends_on_finding)
    assert ("no unit" in note) == (entry.depends_on_finding and entry.view.unit is None)


def test_the_note_of_an_explanation_follows_its_methods_remark() -> None:
    explanation = dataclasses.replace(explanation_of("gradcam"), note="By autograd.")
    assert map_content(explanation, keep)["note"].endswith("opposes out. By autograd.")


def test_the_side_of_eigencam_is_said() -> None:
    notes = [map_content(explanation_of("eigencam", sign=sign), keep)["note"] for sign in ("svd", "activation")]
    assert "arbitrary" in notes[0] and "activation" in notes[1]


def test_palettes_travel_whole() -> None:
    sent = palette_contents()
    assert set(sent) == set(PALETTES)
    for name, palette in PALETTES.items():
        assert np.array_equal(np.reshape(sent[name]["colours"], (SIZE, 3)), palette.colours)
        assert sent[name]["exponents"] == palette.exponents.tolist()
