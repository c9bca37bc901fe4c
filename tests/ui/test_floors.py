"""The location prior of the page, against NumPy and OpenCV."""

from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.masks import Rle
from evaluation.truth.ground_truth import read_masks
from tests.ui.kept import keep
from tests.ui.test_explore import png_bytes
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.floors import PRIOR, Prior, Priors
from ui.session import Session

CELLS = 65
EDEMA = FINDINGS.index("Edema")
BUNDLED = Path(__file__).parents[2] / "data_cache" / "demo" / "outputs-val-masks.json"


def masked(name: str, source: str, *box: int) -> Case:
    """A square radiograph of 130 pixels, so that a cell is two of them wide."""
    top, bottom, left, right = box
    mask = np.zeros((130, 130), bool)
    mask[top:bottom, left:right] = True
    pixels = np.zeros((130, 130), np.float32)
    return Case(name, name.partition("_")[0], source, pixels=pixels, masks={"Edema": Rle.encode(mask)})


class FewCases(Catalogue):
    """A catalogue of chosen cases."""

    def __init__(self, *cases: Case) -> None:
        super().__init__(None)
        self._cases = {case.id: case for case in cases}


THREE = (
    masked("a_1", "set-val", 0, 65, 0, 130),
    masked("b_1", "set-val", 0, 130, 0, 65),
    masked("c_1", "set-val", 20, 60, 20, 60),
)


def by_hand(*cases: Case) -> np.ndarray:
    covers = [
        cv2.resize(case.masks["Edema"].decode().astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        for case in cases
    ]
    return np.mean(covers, axis=0)


def test_the_prior_is_the_mean_of_the_tuning_masks() -> None:
    prior = Priors(FewCases(*THREE)).of("set-test", "x")
    np.testing.assert_allclose(prior.values[EDEMA], by_hand(*THREE), atol=1e-6)
    assert prior.counts == {"Edema": 3} and prior.of == "set val"
    assert np.isnan(prior.values[FINDINGS.index("Fracture")]).all()
    scaled = prior.values[EDEMA] / prior.values[EDEMA].max()
    masks = [by_hand(case) for case in THREE]

    def mean_iou(threshold: float) -> float:
        above = scaled > threshold
        return float(np.mean([mask[above].sum() / (mask.sum() + above.sum() - mask[above].sum()) for mask in masks]))

    best = max(mean_iou(step / 512) for step in range(512))
    assert mean_iou(prior.thresholds["Edema"]) == pytest.approx(best, abs=1e-6)


def test_a_patient_s_own_masks_are_never_in_it() -> None:
    priors = Priors(FewCases(*THREE))
    np.testing.assert_allclose(priors.of("set-val", "b").values[EDEMA], by_hand(THREE[0], THREE[2]), atol=1e-6)
    changed = masked("b_1", "set-val", 100, 130, 100, 130)
    again = Priors(FewCases(THREE[0], changed, THREE[2])).of("set-val", "b")
    np.testing.assert_array_equal(again.values, priors.of("set-val", "b").values)


@pytest.mark.parametrize(
    ("source", "of"),
    [("set-test", "set val"), ("upload", "set val"), ("phantom-test", "simulated"), ("other-test", "simulated")],
)
def test_each_radiograph_has_the_prior_of_its_own_dataset(source: str, of: str) -> None:
    prior = Priors(FewCases(*THREE, masked("d_1", "other-test", 0, 9, 0, 9))).of(source, "x")
    assert of in prior.of and of in prior.content(keep)["note"]


def test_the_bundled_prior_is_the_mean_of_the_validation_phantoms() -> None:
    cases = read_masks(BUNDLED).cases
    masks = [masks["Cardiomegaly"].decode() for masks in cases.values() if masks["Cardiomegaly"].area]
    cut = []
    for mask in masks:
        side = min(mask.shape)
        top, left = ((length - side) // 2 for length in mask.shape)
        square = mask[top : top + side, left : left + side].astype(np.float32)
        cut.append(cv2.resize(square, (CELLS, CELLS), interpolation=cv2.INTER_AREA))
    prior = Priors(FewCases()).of("phantom-test", "x")
    assert prior.counts["Cardiomegaly"] == len(masks) > 20
    np.testing.assert_allclose(prior.values[FINDINGS.index("Cardiomegaly")], np.mean(cut, axis=0), atol=2e-5)


def test_it_is_sent_when_it_is_on_show_and_never_otherwise(catalogue: Catalogue, engine: Engine) -> None:
    explore, session = Explore(catalogue, engine, keep), Session()
    asked: dict[str, Any] = {"names": ["raw"], "parameters": {}}
    data = png_bytes(np.full((64, 64), 90, np.uint8))
    *_, last = explore.read(session, data, "x.png", asked)
    assert last["floors"] == {}
    *_, last = explore.explain(session, asked | {"floors": [PRIOR, "nobody"]})
    assert set(last["floors"]) == {PRIOR} and set(last["maps"]) == {"raw"}
    assert last["floors"][PRIOR]["shape"] == [len(FINDINGS), CELLS, CELLS]
    assert session.current is not None and isinstance(session.current.floors[PRIOR], Prior)
    *_, last = explore.explain(session, asked | {"floors": "nonsense"})
    assert "Expected the panes on show" in last["error"]


def test_nobody_waits_for_the_prior_to_see_maps(
    catalogue: Catalogue, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    explore, session, gate = Explore(catalogue, engine, keep), Session(), Event()
    made = explore._priors.of("phantom-test", "x")

    def slow(_priors: Priors, *_: str) -> Prior:
        assert gate.wait(60)
        return made

    def wrong(_priors: Priors, *_: str) -> Prior:
        raise InputError("a mask that cannot be read")

    monkeypatch.setattr(Priors, "of", slow)
    explore._priors = Priors(catalogue)
    seen = []
    for message in explore.open(session, catalogue.rows()[0]["id"], {"names": ["raw"], "floors": [PRIOR]}):
        seen.append((set(message["maps"]), set(message["floors"]), message["busy"]))
        if message["maps"] and len(message["probabilities"]) == 2:
            gate.set()
    assert ({"raw"}, set(), True) in seen and seen[-1] == ({"raw"}, {PRIOR}, False)
    monkeypatch.setattr(Priors, "of", wrong)
    failing = Priors(catalogue)
    first = failing.soon("a", "b")
    with pytest.raises(InputError):
        first.result()
    assert failing.soon("a", "b") is not first  # tried again
