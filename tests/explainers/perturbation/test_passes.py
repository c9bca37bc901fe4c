"""Batches of altered images: what is kept, what a cancelled request leaves, and memory that does not suffice."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest

import explainers
from data_cache.errors import InputError
from explainers.perturbation.passes import altered_logits
from explainers.registry import find_method
from explainers.run import explain, explain_all
from explainers.types import Cancelled, never


def shades(run):
    """Images of one grey each."""
    size = run.model.input_size
    return lambda places: np.stack([np.full((size, size), place / 100, np.float32) for place in places])


@pytest.mark.parametrize("method", ["occlusion", "rise", "scorecam"])
def test_what_was_cancelled_goes_on_where_it_stopped(small, run_of, method, monkeypatch):
    network, image, run = small
    monkeypatch.setattr("explainers.perturbation.passes._PIXELS", 3 * image.size)
    values = {"occlusion": {"window": 8, "stride": 4}, "rise": {"masks": 60}, "scorecam": {}}[method]
    name = method if method == "scorecam" else f"{method}@cnn"
    asked = count()
    given = list(explain({"cnn": run}, [name], {name: values}, cancelled=lambda: next(asked) > 7))
    made = len(run.heard)
    assert not any(one.final for one in given) and 9 <= made < 49
    whole = explain_all({"cnn": run_of(network, image)}, [name], {name: values})[name].maps
    again = explain_all({"cnn": run}, [name], {name: values})[name].maps
    np.testing.assert_array_equal(again, whole)
    heard = []
    explain_all({"cnn": run_of(network, image, heard)}, [name], {name: values})
    assert len(run.heard) == len(heard)


def test_an_error_leaves_what_was_whole(small, monkeypatch):
    _, image, run = small
    monkeypatch.setattr("explainers.perturbation.passes._PIXELS", 2 * image.size)
    logits, calls = run.model.logits, count()

    def failing(images):
        if next(calls) == 2:
            raise RuntimeError("the cable came loose")
        return logits(images)

    monkeypatch.setattr(run.model, "logits", failing)
    with pytest.raises(RuntimeError, match="cable"):
        altered_logits(run, "shades", range(9), shades(run), never)
    found = altered_logits(run, "shades", range(9), shades(run), never)
    np.testing.assert_allclose(found, logits(shades(run)(range(9))), atol=1e-5)
    assert len(run.heard) == 9


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")])
def test_batches_shrink_to_what_the_memory_holds(small, monkeypatch, error):
    _, _, run = small
    logits, room = run.model.logits, 3

    def narrow(images):
        if len(images) > room:
            raise error
        return logits(images)

    monkeypatch.setattr(run.model, "logits", narrow)
    found = altered_logits(run, "shades", range(9), shades(run), never)
    np.testing.assert_allclose(found, logits(shades(run)(range(9))), atol=1e-5)
    room = 0
    with pytest.raises(InputError, match="Expected memory for a pass with 32×32 pixels, found too little") as said:
        altered_logits(run, "other shades", range(9), shades(run), never)
    assert "\n" not in str(said.value)


def test_logits_that_are_no_number_are_refused(small, monkeypatch):
    _, _, run = small
    monkeypatch.setattr(run.model, "logits", lambda images: np.full((len(images), 14), np.inf, np.float32))
    with pytest.raises(InputError, match="Expected logits of small for altered images, found NaN or infinity"):
        altered_logits(run, "shades", range(3), shades(run), never)


def test_a_run_keeps_the_ways_that_were_asked_for_lately(small):
    _, _, run = small
    for way in "abcda":
        altered_logits(run, way, range(2), shades(run), never)
    altered_logits(run, "e", range(2), shades(run), never)
    assert list(run.altered) == ["c", "d", "a", "e"] and len(run.heard) == 10
    other = run.again()
    altered_logits(other, "a", range(2), shades(run), never)
    assert len(run.heard) == 10
    with pytest.raises(Cancelled):
        altered_logits(other, "f", range(2), shades(run), lambda: True)


@pytest.mark.parametrize(
    ("method", "values", "passes"),
    [("occlusion", {}, 226), ("occlusion", {"stride": 16}, 842), ("rise", {}, 4001), ("scorecam", {}, 1281)],
)
def test_what_the_readme_says_of_their_cost(method, values, passes):
    entry = find_method(method)
    assert entry.cost(entry.parse(values), None) == passes
    number = f"{passes:,}"
    assert number in " ".join((Path(explainers.__file__).parent / "README.md").read_text().split())
