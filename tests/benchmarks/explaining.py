"""All five methods and 14 findings: against the two bare forward passes, and against the official way."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.explanation import enlarge
from explainers.model_run import ModelRun
from explainers.registry import EXPLAINERS, STANDARD
from explainers.run import explain_all
from models.backends.base import BackendName, FloatArray
from models.capabilities import Logits, Module, PatchLogits
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS
from tests.benchmarks.networks import picture, save_network, side_by_side, told

REPEATS = 11
BACKENDS: tuple[BackendName, ...] = ("torch-cpu", "openvino")
Models = Mapping[str, Logits]
LIBRARY = {"gradcam": GradCAM, "gradcam++": GradCAMPlusPlus, "eigencam": EigenCAM}


def run(report: Callable[[str], object]) -> None:
    image = picture()
    with tempfile.TemporaryDirectory() as folder:
        weights = {key: save_network(key, Path(folder)) for key in DEFAULT_MODELS}
        report(f"{', '.join(STANDARD)} for {len(FINDINGS)} findings of one 512² image, shift_steps 1, full-size models")
        for backend in BACKENDS:
            models = {key: load_predictor(path, key, backend) for key, path in weights.items()}
            ours = _against_bare_passes(report, image, models)
            if backend == "torch-cpu":
                _against_the_official_way(report, image, models, ours)


def _explained(image: FloatArray, models: Models) -> dict[str, FloatArray]:
    geometry = Geometry(512, 512, 512)
    explanations = explain_all({key: ModelRun(image, geometry, model) for key, model in models.items()})
    return {method: explanation.maps for method, explanation in explanations.items()}


def _against_bare_passes(report: Callable[[str], object], image: FloatArray, models: Models) -> float:
    info = models[DEFAULT_MODELS[-1]].info
    report(f" {info.backend}, {info.precision}; load {os.getloadavg()[0]:.1f}")
    tasks = {
        "two bare forward passes": lambda: [model.predict(image) for model in models.values()],
        "everything explained": lambda: _explained(image, models),
    }
    times = side_by_side(tasks, REPEATS)
    for name, seconds in times.items():
        report(told(name, seconds))
    bare, ours = (statistics.median(seconds) for seconds in times.values())
    report(f"  ratio {ours / bare:.2f}")
    return ours


def _against_the_official_way(report: Callable[[str], object], image: FloatArray, models: Models, ours: float) -> None:
    patchnet, cnn = cast(PatchLogits, models["medicalpatchnet"]), cast(Module, models["cnn"])
    started = time.perf_counter()
    expected = {method: library(cam, cnn, image) for method, cam in LIBRARY.items()}
    for method in ("raw", "scaled"):
        logits = patchnet.predict(image).patch_logits  # the official code runs the patches once for each of the two
        probability = 1 / (1 + np.exp(-logits.mean(axis=0))) if method == "scaled" else np.float32(1)
        expected[method] = (logits * probability).T.reshape(-1, 8, 8).repeat(64, axis=1).repeat(64, axis=2)
    seconds = time.perf_counter() - started
    report(told("the official way: pytorch-grad-cam once a finding and method, two patch passes", [seconds]))
    differences = []
    for method, maps in _explained(image, models).items():
        entry = EXPLAINERS[method]
        found = entry.view.published(maps, 512) if method in LIBRARY else enlarge(maps, 512, entry.view.resampling)
        differences.append(f"{method} {np.abs(found - expected[method]).max():.1e}")
    report(f"  ratio {seconds / ours:.0f}; largest differences: {', '.join(differences)}")


class _LogitsOnly(torch.nn.Module):
    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.module(images)[0]


def library(cam_class: type, cnn: Module, image: FloatArray) -> FloatArray:
    """The library's pictures (14, 512, 512) of the last block, made once a finding."""
    batch = torch.from_numpy(image)[None, None]
    maps = []
    for finding in range(len(FINDINGS)):
        with cam_class(model=_LogitsOnly(cnn.module), target_layers=[cnn.module.get_submodule("backbone.bn2")]) as cam:
            maps.append(cam(batch, [ClassifierOutputTarget(finding)]))
    return np.concatenate(maps)
