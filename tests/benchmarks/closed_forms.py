"""All class activation methods and 14 findings: against one bare pass, and against pytorch-grad-cam."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
from pytorch_grad_cam import EigenCAM, EigenGradCAM, GradCAM, GradCAMElementWise, GradCAMPlusPlus, LayerCAM

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.capabilities import FEATURES, POOLED_FEATURES, Module
from models.predictor import load_predictor
from tests.benchmarks.explaining import library
from tests.benchmarks.networks import picture, save_network, side_by_side, told

REPEATS = 7
LIBRARY = {
    "gradcam": GradCAM,
    "gradcam++": GradCAMPlusPlus,
    "eigencam": EigenCAM,
    "layercam": LayerCAM,
    "gradcam-elementwise": GradCAMElementWise,
    "eigengradcam": EigenGradCAM,  # whose sign is arbitrary: compared up to it
}


def run(report: Callable[[str], object]) -> None:
    image = picture()
    with tempfile.TemporaryDirectory() as folder:
        cnn = load_predictor(save_network("cnn", Path(folder)), "cnn", "torch-cpu")
    fit = [key for key, entry in EXPLAINERS.items() if entry.needs in (FEATURES, POOLED_FEATURES)]
    names = [key for key in fit if EXPLAINERS[key].kind == "pass"]
    report(f"{', '.join(names)} for {len(FINDINGS)} findings of one 512² image; load {os.getloadavg()[0]:.1f}")

    def explained() -> dict[str, np.ndarray]:
        runs = {"cnn": ModelRun(image, Geometry(512, 512, 512), cnn)}
        return {name: one.maps for name, one in explain_all(runs, names).items()}

    tasks = {"one bare pass": lambda: cnn.predict(image), "everything": explained}
    for clock, called in ((time.process_time, "processor time"), (time.perf_counter, "wall time")):
        times = side_by_side(tasks, REPEATS, clock)
        for name, seconds in times.items():
            report(told(f"{name}, {called}", seconds))
        (bare, ours), (shortest, best) = ([of(one) for one in times.values()] for of in (statistics.median, min))
        report(f"  ratio of the medians {ours / bare:.2f}, of the shortest {best / shortest:.2f}")
    maps, started, differences = explained(), time.perf_counter(), []
    for name, cam in LIBRARY.items():
        expected = library(cam, cast(Module, cnn), image)
        sides = [EXPLAINERS[name].view.published(sign * maps[name], 512) for sign in (1, -1)]
        apart = np.min([np.abs(side - expected).max(axis=(1, 2)) for side in sides[: 1 + (name == "eigengradcam")]], 0)
        differences.append(f"{name} {apart.max():.1e}")
    seconds = time.perf_counter() - started
    report(told(f"pytorch-grad-cam once a finding and method, {len(LIBRARY)} of these methods", [seconds]))
    report(f"  ratio {seconds / ours:.0f}; largest differences: {', '.join(differences)}")
