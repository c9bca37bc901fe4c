"""Peak memory of a process that serves the page's libraries and both full-size models while it explains finely."""

import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS
from tests.benchmarks.networks import picture, save_network

STEPS = 16


def run(report: Callable[[str], object]) -> None:
    import gradio

    report(
        f"Peak memory, all methods at shift_steps {STEPS}, 512² input, full-size models, gradio {gradio.__version__}"
    )
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:  # making the networks takes memory of its own
            weights = {key: elsewhere.submit(save_network, key, Path(folder)).result() for key in DEFAULT_MODELS}
        models = [load_predictor(path, key) for key, path in weights.items()]
    before = _peak()
    started = time.perf_counter()
    parameters = {key: {entry.refines: STEPS} for key, entry in EXPLAINERS.items() if entry.refines is not None}
    image, geometry = picture(), Geometry(512, 512, 512)
    explain_all({model.info.key: ModelRun(image, geometry, model) for model in models}, parameters=parameters)
    seconds = time.perf_counter() - started
    report(f"  {models[0].info.backend}; {STEPS**2} patch passes and one CNN pass in {seconds:.1f} s")
    report(f"  peak {_peak():.0f} MiB, of which {before:.0f} MiB before the first explanation")


def _peak() -> float:
    """Highest resident memory of this process so far, in MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
