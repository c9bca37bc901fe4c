"""The profile of a checkpoint: what it holds, and that it is refused with other weights."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_curve
from typer.testing import CliRunner

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.__main__ import app
from evaluation.trust.calibration import fit_temperature
from evaluation.trust.profile import (
    Profile,
    Validation,
    find_profile,
    make_profile,
    profile_path,
    read_profile,
    reasons,
    write_profile,
)
from models.embedded import embedded_path
from models.fingerprints import fingerprint
from tests.evaluation.making import root_of_few
from tests.models.classification.fakes import INFO

VALIDATION = Validation(data="made up", split="val", images=80, patients=40, computed_by="hand")


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Labels and logits of 80 images; the 2nd finding is separated, the 3rd of one class, the 4th worse than chance."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(80, 14)).astype(np.float32) * 2
    labels = (random.random((80, 14)) < expit(logits)).astype(float)
    labels[:, 1] = logits[:, 1] > 0
    labels[:, 2] = 0
    labels[:, 3] = logits[:, 3] < 0
    labels[5, 0] = np.nan
    return labels, logits


@pytest.fixture(scope="module")
def profile(drawn: tuple[np.ndarray, np.ndarray]) -> Profile:
    return make_profile(INFO, *drawn, VALIDATION)


def test_it_holds_what_validation_gives(profile: Profile, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    labels, logits = drawn
    for i in (0, 5, 13):
        known = ~np.isnan(labels[:, i])
        false, true, thresholds = roc_curve(labels[known, i], logits[known, i])
        entry = profile.findings[i]
        assert entry.finding == FINDINGS[i] and entry.n == known.sum()
        assert entry.threshold == thresholds[np.argmax(true - false)]
        assert entry.temperature == fit_temperature(labels[:, i], logits[:, i]).value
        assert entry.nll_after < entry.nll_before


def test_what_is_undefined_says_why(profile: Profile) -> None:
    separated, one_class, inverse = profile.findings[1:4]
    assert "separate" in separated.temperature_reason and not separated.threshold_reason
    assert one_class.temperature_reason == one_class.threshold_reason == "no positive image"
    assert np.isnan(one_class.threshold) and np.isnan(one_class.ece_after) and one_class.brier_before > 0
    assert inverse.threshold_reason == "no threshold is better than chance"
    assert len(reasons(profile)) == 5 and all(sentence.endswith(".") for sentence in reasons(profile))


def test_probabilities_are_scaled_where_there_is_a_temperature(
    profile: Profile, drawn: tuple[np.ndarray, np.ndarray]
) -> None:
    logits = drawn[1]
    found = profile.probabilities(logits)
    np.testing.assert_allclose(found[:, 0], expit(logits[:, 0] / profile.findings[0].temperature), rtol=1e-6)
    np.testing.assert_allclose(found[:, 1], expit(logits[:, 1]), rtol=1e-6)
    assert np.isfinite(found).all()


def test_a_threshold_calls_the_same_images_before_and_after(
    profile: Profile, drawn: tuple[np.ndarray, np.ndarray]
) -> None:
    logits = drawn[1].astype(np.float64)
    entry = profile.findings[0]
    called = profile.calls(logits)
    assert not called[:, 2].any()  # no threshold
    off = np.abs(logits[:, 0] - entry.threshold) > 1e-9  # the image at the threshold itself is left to rounding
    np.testing.assert_array_equal(called[off, 0], (expit(logits[:, 0]) >= entry.probability_threshold)[off])
    np.testing.assert_array_equal(
        called[off, 0], (expit(logits[:, 0] / entry.temperature) >= entry.calibrated_threshold)[off]
    )


def test_it_is_read_as_it_was_written(profile: Profile, tmp_path: Path) -> None:
    path = profile_path(tmp_path / "own.weights.safetensors")
    assert path.name == "own.weights.profile.json"
    write_profile(path, profile)
    text = path.read_text()
    assert "NaN" not in text and json.loads(text)["findings"][2]["threshold"] is None
    assert read_profile(path, INFO.weights_sha256).model_dump_json() == profile.model_dump_json()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda stored: stored | {"version": 2}, "wrong version"),
        (lambda stored: stored | {"findings": stored["findings"][:13]}, "14 findings"),
        (lambda stored: stored | {"weights_sha256": "1" * 64}, "belong to the weights 00000000, found one of 11111111"),
        (lambda stored: stored | {"extra": 1}, "wrong extra"),
        (lambda stored: {}, "wrong kind"),
    ],
)
def test_it_is_refused_in_one_sentence(change, expected: str, profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "m.profile.json"
    path.write_text(json.dumps(change(json.loads(profile.model_dump_json()))))
    with pytest.raises(InputError, match=expected) as raised:
        read_profile(path, INFO.weights_sha256)
    assert "\n" not in str(raised.value) and "python -m evaluation profile" in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 5000, b"[" * 900_000, b"[" * 1_000_001])
def test_damaged_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.profile.json").write_bytes(content)
    with pytest.raises(InputError, match=r"m\.profile\.json"):
        read_profile(tmp_path / "m.profile.json", INFO.weights_sha256)


def test_a_pipe_and_a_folder_are_no_profiles(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.profile.json")
    for path in (tmp_path / "m.profile.json", tmp_path):
        with pytest.raises(InputError, match="Expected a profile in"):
            read_profile(path, INFO.weights_sha256)
    with pytest.raises(FileNotFoundError):
        read_profile(tmp_path / "none.profile.json", INFO.weights_sha256)


@pytest.mark.parametrize("kind", ["medicalpatchnet", "cnn"])
def test_the_bundled_profiles_belong_to_the_bundled_weights(kind: str) -> None:
    weights = embedded_path(kind)
    info = dataclasses.replace(INFO, key=kind, weights_sha256=fingerprint(weights))
    found = find_profile("demo", info)
    assert found is not None and found.kind == kind and found.quality is not None
    assert (found.validation.images, found.validation.patients, found.quality.images) == (234, 141, 2000)
    with pytest.raises(InputError, match="belong to the weights"):
        find_profile(weights, INFO if kind == "cnn" else dataclasses.replace(info, weights_sha256="0" * 64))


def test_without_a_profile_there_is_none(tmp_path: Path) -> None:
    assert find_profile(tmp_path / "own.safetensors", INFO) is None


@pytest.mark.usefixtures("no_pictures")
def test_the_command_makes_it_and_the_tables_use_it(tmp_path: Path) -> None:
    weights = tmp_path / "copy.safetensors"
    weights.write_bytes(embedded_path("medicalpatchnet").read_bytes())
    demo = ["--root", str(root_of_few(tmp_path / "root", 5)), "--weights", str(weights)]
    options = [*demo, "--split", "test", "--backend", "torch-cpu"]
    runner = CliRunner()
    early = runner.invoke(app, ["probabilities", *options, "--out", str(tmp_path / "tables")])
    assert isinstance(early.exception, InputError) and "python -m evaluation profile" in str(early.exception)
    made = runner.invoke(app, ["profile", *options, "--train", "test", "--quality-images", "3"])
    assert made.exit_code == 0, made.output
    stored = read_profile(tmp_path / "copy.profile.json", fingerprint(weights))
    assert stored.validation.images == 5 and stored.quality is not None and stored.quality.images == 3
    done = runner.invoke(app, ["probabilities", *options, "--bootstrap", "20", "--out", str(tmp_path / "tables")])
    assert done.exit_code == 0, done.output
    assert "flatters" in done.output
    names = {"calibration", "reliability", "selective", "risk_coverage", "sensitivity"}
    assert {path.stem for path in (tmp_path / "tables").glob("*.csv")} == names
