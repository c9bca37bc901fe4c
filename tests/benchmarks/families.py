"""The maps of one image by every family that comes with weights, by the demonstration weights."""

import os
from collections.abc import Callable
from functools import partial

import torch

from data_cache.demo import bundled_cases
from explainers.model_run import model_runs
from explainers.pairs import parse_pair
from explainers.registry import STANDARD
from explainers.run import explain_all
from models.predictor import load_predictor
from tests.benchmarks.timing import median

METHODS = {
    "medicalpatchnet and cnn": STANDARD,
    "attention-network": ("attention", "gradcam@attention-network"),
    "mxa-efficientvit": ("regions", "gradcam@mxa-efficientvit"),
    "mednext_xue": ("gradcam@mednext_xue",),
    "medunext_xue": ("segmentation",),
}
REPEATS = 5


def run(report: Callable[[str], object]) -> None:
    keys = dict.fromkeys(parse_pair(name).model for names in METHODS.values() for name in names)
    models = {key: load_predictor("demo", key) for key in keys}
    radiograph = bundled_cases()[0].read()
    report(f"{radiograph.pixels.shape} pixels, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")

    def explained(names: tuple[str, ...]) -> None:
        needed = {parse_pair(name).model for name in names}
        explain_all(model_runs(radiograph, {key: model for key, model in models.items() if key in needed}), names)

    everything = tuple(name for names in METHODS.values() for name in names)
    explained(everything)  # what is set up once
    for words, names in {**METHODS, "all of them": everything}.items():
        found = median(report, f"{words} ({', '.join(names)})", REPEATS, partial(explained, names))
        report(f"  {words}: {found}")
