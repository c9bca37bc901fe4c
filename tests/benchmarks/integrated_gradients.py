"""Integrated gradients of 14 findings, 32 steps: all at once, against captum's loop, one call a finding."""

import os
import statistics
from collections.abc import Callable
from typing import cast

import captum.attr
import numpy as np
import torch

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from explainers.baselines import baseline_of
from explainers.gradients.passes import together
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models.capabilities import Module
from models.predictor import load_predictor
from tests.benchmarks.networks import side_by_side, told

STEPS, REPEATS = 32, 2


def run(report: Callable[[str], object]) -> None:
    radiograph = next(iter(bundled_cases())).read()
    model = load_predictor("demo", "cnn", "torch-cpu")
    at_once = together(ModelRun.of(radiograph, model))
    report(
        f"Integrated gradients, {len(FINDINGS)} findings, {STEPS} steps, demonstration CNN, "
        f"{model.input_size}² input, {at_once} images at once; load {os.getloadavg()[0]:.1f}"
    )
    found: dict[str, np.ndarray] = {}
    notes: list[str] = []

    def ours() -> None:
        run = ModelRun.of(radiograph, model)
        (explanation,) = explain_all({"cnn": run}, ["integrated@cnn"], {"integrated@cnn": {"steps": STEPS}}).values()
        found["ours"] = explanation.maps
        notes.append(explanation.note)

    def theirs() -> None:
        run = ModelRun.of(radiograph, model)
        x, start = (torch.from_numpy(one)[None, None] for one in (run.image, baseline_of(run.image, "mean")))
        library = captum.attr.IntegratedGradients(lambda images: cast(Module, model).module(images)[0])
        settings = {"baselines": start, "n_steps": STEPS, "internal_batch_size": at_once}
        maps = [library.attribute(x, target=target, **settings) for target in range(len(FINDINGS))]
        found["theirs"] = torch.cat(maps)[:, 0].detach().numpy()

    times = side_by_side({"all findings at once": ours, "captum, one call a finding": theirs}, REPEATS)
    for task, seconds in times.items():
        report(told(task, seconds))
    first, second = (statistics.median(seconds) for seconds in times.values())
    apart = np.abs(found["ours"] - found["theirs"]).max() / np.abs(found["theirs"]).max()
    report(f"  ratio {second / first:.2f}; largest difference {apart:.1e} of the largest value. {notes[-1]}")
