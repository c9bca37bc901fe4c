"""A network that segments, ready to be asked: images as numpy arrays, maps by finding."""

from pathlib import Path

import numpy as np
import pytest
import torch

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import SEGMENTS, capabilities_of
from models.checkpoints import save_checkpoint
from models.predictor import load_predictor
from models.registry import MODELS
from models.segment_predictor import SegmentPredictor
from tests.models.mednext.small import small, small_shape

KIND = "medunext_xue"


def written(folder: Path, **numbers: object) -> Path:
    path = folder / "weights.safetensors"
    save_checkpoint(path, small(KIND, **numbers), small_shape(KIND, **numbers))
    return path


def test_probabilities_of_pixels_by_finding(tmp_path: Path) -> None:
    outputs = ("Edema", "", "Cardiomegaly")
    model = load_predictor(written(tmp_path, findings=outputs), KIND, "torch-cpu")
    assert isinstance(model, SegmentPredictor)
    images = np.random.default_rng(0).random((3, 32, 32), np.float32)
    logits, pixels = (t.detach().numpy() for t in small(KIND, findings=outputs)(torch.from_numpy(images)[:, None]))
    together = model.predict_together(images)
    for place, image in enumerate(images):
        maps = model.segments(image)
        assert maps.shape == (14, 32, 32)
        assert maps.dtype == np.float32
        for output, finding in ((0, "Edema"), (2, "Cardiomegaly")):
            expected = 1 / (1 + np.exp(-pixels[place, output]))
            np.testing.assert_allclose(maps[FINDINGS.index(finding)], expected, atol=1e-6)
            assert together[place].logits[FINDINGS.index(finding)] == pytest.approx(logits[place, output], abs=1e-5)
        assert np.isnan(maps[[FINDINGS.index("No Finding"), 3]]).all()
        np.testing.assert_allclose(together[place].segments, maps, atol=1e-6)  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"Expected images of shape \(n, 32, 32\), found \(1, 64, 64\)"):
        model.segments(np.zeros((64, 64), np.float32))


def test_mednext_can_what_its_entry_says_and_medunext_alone_segments(tmp_path: Path) -> None:
    path = tmp_path / "mednext.safetensors"
    save_checkpoint(path, small("mednext_xue"), small_shape("mednext_xue"))
    model = load_predictor(path, "mednext_xue", "torch-cpu")
    assert capabilities_of(model) == MODELS["mednext_xue"].capabilities
    assert [key for key, entry in MODELS.items() if SEGMENTS in entry.capabilities] == [KIND]
