"""Score-CAM and occlusion of 14 findings, against pytorch-grad-cam and captum called once a finding."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from captum.attr import Occlusion
from numpy.typing import NDArray
from pytorch_grad_cam import ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.baselines import baseline_of
from explainers.model_run import ModelRun
from explainers.published import cam_picture
from explainers.run import explain_all
from models.capabilities import Features
from models.predictor import load_predictor
from tests.benchmarks.explaining import _LogitsOnly
from tests.benchmarks.networks import picture, told
from tests.models.networks import write_network

OURS, THEIRS = 3, 2  # samples; a library's are one finding each, which takes it all the passes
BATCH = 16
WINDOW, STRIDE = 32, 8
CORNERS = {"enlarging": "corners"}  # as the library enlarges masks
Array = NDArray[np.float32]
Task = Callable[[int], Array]


def run(report: Callable[[str], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cnn = cast(Features, load_predictor(write_network(Path(folder), "cnn"), "cnn"))
    size = cnn.input_size
    image = cv2.resize(picture(), (size, size), interpolation=cv2.INTER_AREA)
    report(
        f"EfficientNetV2-S of a quarter of its width and depth, random weights, {size}² pixels, "
        f"{cnn.feature_channels} channels, {cnn.info.backend}; libraries: PyTorch on {torch.get_num_threads()} "
        f"threads, batches of {BATCH}; load {os.getloadavg()[0]:.1f}"
    )

    def explained(name: str, values: Mapping[str, Any]) -> Task:
        def task(_: int) -> Array:
            runs = {"cnn": ModelRun(image, Geometry(size, size, size), cnn)}
            return explain_all(runs, [name], {name: values})[name].maps

        return task

    maps, ours = _timed(report, f"scorecam, {len(FINDINGS)} findings", explained("scorecam", CORNERS), OURS)
    pictures, theirs = _timed(report, "pytorch-grad-cam, one finding", _scorecam(cnn, image), THEIRS)
    apart = max(float(np.abs(cam_picture(maps[0], size)[i] - one).max()) for i, one in enumerate(pictures))
    report(_compared(ours, theirs, f"largest difference of pictures {apart:.1e}"))

    sizes = {"window": WINDOW, "stride": STRIDE}
    maps, ours = _timed(report, f"occlusion, {len(FINDINGS)} findings", explained("occlusion@cnn", sizes), OURS)
    losses, theirs = _timed(
        report, f"captum, one finding, window {WINDOW}, stride {STRIDE}", _occlusion(cnn, image), THEIRS
    )
    large = maps[0].repeat(STRIDE, axis=1).repeat(STRIDE, axis=2)
    apart = max(float(np.abs(large[i] - one).max() / np.abs(one).max()) for i, one in enumerate(losses))
    report(_compared(ours, theirs, f"largest difference, of the largest value, {apart:.1e}"))


def _timed(
    report: Callable[[str], object], name: str, task: Task, count: int
) -> tuple[list[Array], tuple[float, float]]:
    """What a task gives each time, and its median seconds by the clock and of processor time."""
    found, seconds, worked = [], [], []
    for number in range(count):
        started, busy = time.perf_counter(), time.process_time()
        found.append(task(number))
        seconds.append(time.perf_counter() - started)
        worked.append(time.process_time() - busy)
    report(told(name, seconds))
    report(told("  processor time", worked))
    return found, (statistics.median(seconds), statistics.median(worked))


def _compared(ours: tuple[float, float], theirs: tuple[float, float], note: str) -> str:
    clock, processor = (len(FINDINGS) * their / our for our, their in zip(ours, theirs, strict=True))
    faster = f"{clock:.0f} times as fast by the clock, {processor:.0f} by processor time"
    return f"  for {len(FINDINGS)} findings {faster}; {note}"


def _scorecam(cnn: Features, image: Array) -> Task:
    """The library's picture (s, s) of one finding."""
    layer = cnn.module.get_submodule("backbone.bn2")

    def task(finding: int) -> Array:
        with redirect_stderr(StringIO()), ScoreCAM(model=_LogitsOnly(cnn.module), target_layers=[layer]) as cam:
            cam.batch_size = BATCH
            return np.asarray(cam(torch.from_numpy(image)[None, None], [ClassifierOutputTarget(finding)])[0])

    return task


def _occlusion(cnn: Features, image: Array) -> Task:
    """The library's map (s, s) of one finding."""
    occlusion = Occlusion(_LogitsOnly(cnn.module))

    def task(finding: int) -> Array:
        with torch.no_grad():
            found = occlusion.attribute(
                torch.from_numpy(image)[None, None],
                sliding_window_shapes=(1, WINDOW, WINDOW),
                strides=(1, STRIDE, STRIDE),
                target=finding,
                baselines=torch.from_numpy(baseline_of(image, "mean"))[None, None],
                perturbations_per_eval=BATCH,
            )
        return np.asarray(found[0, 0].numpy())

    return task
