"""What a teacher says, by name, and what a student learns of it, against numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch.nn import functional

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.families.xrv import ENTRIES
from models.predictor import load_predictor
from models.training.config import TeacherConfig
from models.training.teacher import Teacher, by_name, distillation
from tests.models.networks import write_timm

RNG = np.random.default_rng(0)
CHEX = next(entry.assumed for entry in ENTRIES if entry.key == "xrv-densenet121-res224-chex")
# The student's order to the outputs of TorchXRayVision's DenseNet trained on CheXpert, read off the library's list.
INDICES = [None, 17, 10, 16, 14, 4, 1, 8, 0, 3, 7, None, 15, None]
CPU = torch.device("cpu")


def test_outputs_are_matched_by_name_and_no_finding_is_none_of_them() -> None:
    assert CHEX is not None
    outputs = RNG.normal(0, 2, (5, 18)).astype(np.float32)
    found = by_name(torch.from_numpy(outputs), CHEX).numpy()
    for place, index in enumerate(INDICES):
        if index is not None:
            np.testing.assert_array_equal(found[:, place], outputs[:, index])
    learned = [index for index in INDICES if index is not None]
    none = np.prod(1 - expit(outputs[:, learned].astype(float)), axis=1)
    np.testing.assert_allclose(expit(found[:, 0]), none, rtol=1e-5)
    for finding in ("Pleural Other", "Support Devices"):
        assert np.isnan(found[:, FINDINGS.index(finding)]).all()
    sure = by_name(torch.full((1, 18), -40.0), CHEX)[0, 0]
    assert torch.isfinite(sure)
    assert sure > 10


def test_distillation_is_the_papers_formula() -> None:
    student, taught = RNG.normal(size=(6, 14)), RNG.normal(size=(6, 14))
    taught[:, [11, 13]] = np.nan
    known = [k for k in range(14) if k not in (11, 13)]
    for temperature in (1.0, 2.0):
        p, q = expit(taught[:, known] / temperature), expit(student[:, known] / temperature)
        weights = 1 - p.mean(axis=0)
        bce = -(p * np.log(q) + (1 - p) * np.log(1 - q))
        expected = (weights * bce).mean() * temperature**2
        values = torch.from_numpy(student), torch.from_numpy(taught)
        ours = distillation(*values, 6, temperature, lambda means: means)
        assert ours.item() == pytest.approx(expected, rel=1e-6)


def test_halves_of_a_batch_sum_to_the_whole() -> None:
    student, taught = (torch.from_numpy(RNG.normal(size=(6, 14))).float() for _ in range(2))
    means = torch.sigmoid(taught).mean(dim=0)
    parts = [distillation(student[rows], taught[rows], 6, 1, lambda _: means) for rows in (slice(2), slice(2, 6))]
    torch.testing.assert_close(sum(parts), distillation(student, taught, 6, 1, lambda values: values))


def test_what_the_teacher_never_learned_pulls_at_nothing_and_nothing_pulls_at_the_teacher(tmp_path: Path) -> None:
    findings = ["Edema", "Fracture", "Cardiomegaly"]
    path = write_timm(tmp_path, "test_resnet", input_size=64, findings=findings)
    teacher = Teacher(TeacherConfig(kind="timm:test_resnet", weights=str(path)), CPU)
    images = torch.rand(3, 1, 96, 96)
    student = torch.zeros(3, 14, requires_grad=True)
    distillation(student, teacher.logits(images), 3, 1, lambda means: means).backward()
    assert student.grad is not None
    pulled = {FINDINGS[k] for k in torch.nonzero(student.grad.abs().sum(dim=0)).ravel().tolist()}
    assert pulled == {"No Finding", *findings}
    assert not teacher.network.training
    assert all(one.grad is None and not one.requires_grad for one in teacher.network.parameters())


def test_the_teacher_is_asked_at_its_own_size_as_everywhere_else(tmp_path: Path) -> None:
    path = write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema"])
    images = torch.rand(2, 1, 96, 96)
    ours = Teacher(TeacherConfig(kind="timm:test_resnet", weights=str(path)), CPU).logits(images)
    small = functional.interpolate(images, (64, 64), mode="bilinear", antialias=True)[:, 0]
    theirs = load_predictor(path, "timm:test_resnet", backend="torch").logits(small.numpy())
    edema = FINDINGS.index("Edema")
    np.testing.assert_allclose(ours[:, edema], theirs[:, edema], atol=1e-5)


def test_a_teacher_of_none_of_the_findings_is_one_sentence(tmp_path: Path) -> None:
    path = write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema"])
    path.with_suffix(".yaml").write_text("input_size: 64\nfindings: [null]\n")
    with pytest.raises(InputError, match=r"Expected each finding once among the outputs, found none\.$") as error:
        Teacher(TeacherConfig(kind="timm:test_resnet", weights=str(path)), CPU)
    assert "\n" not in str(error.value)
