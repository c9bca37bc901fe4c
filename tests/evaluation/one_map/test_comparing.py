"""One map for a patch network, several for a convolutional one; what is counted, refused and left behind."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from evaluation.one_map.comparing import LABELS, Comparison, Effort, Way, compare, price, ways
from evaluation.one_map.covering import cell_of_pixels, cells_across, grey
from evaluation.one_map.words import conclusion, is_one_map, scientific
from explainers.model_run import ModelRun
from explainers.types import Cancelled
from models.predictor import load_predictor
from tests.models.networks import write_timm

FINDING, SIZE = "Edema", 64
LITTLE = Effort(pairs=2, steps=32)
SETTINGS = {"input_size": SIZE, "findings": ["", FINDING, "Fracture"], "channels": 1, "mean": 0.5}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A random patch network of 4×4 patches, timm's, and a network on the whole image."""
    folder = tmp_path_factory.mktemp("one_map")
    cut = {"as": "patches", "patch_size": 16}
    patches = write_timm(folder, "test_efficientnet", **SETTINGS, **cut).rename(folder / "patches.safetensors")
    whole = write_timm(folder, "test_efficientnet", **SETTINGS)
    return {name: load_predictor(file, "timm:test_efficientnet", "torch-cpu") for name, file in
            (("patches", patches), ("whole", whole))}  # fmt: skip


def run_of(model):
    image = np.random.default_rng(5).random((SIZE, SIZE), np.float32)
    return ModelRun(image, Geometry(SIZE, SIZE, SIZE), model)


@pytest.fixture(scope="module")
def told():
    """Filled by what is told of passes while `compared` is made."""
    return {}


@pytest.fixture(scope="module")
def compared(models, told):
    def last_of(name):
        *_, last = ways(
            run_of(models[name]), FINDING, LITTLE, on_pass=lambda: told.update({name: told.get(name, 0) + 1})
        )
        return last

    return {name: last_of(name) for name in models}


def test_all_ways_of_a_patch_network_are_the_raw_map_less_the_filler(models, compared):
    found, run = compared["patches"], run_of(models["patches"])
    with torch.no_grad():  # by hand: patches cut with slices, the network called on each
        grey_patch = np.full((16, 16), run.image.mean(), np.float32)
        cut = [run.image[r : r + 16, c : c + 16] for r in range(0, 64, 16) for c in range(0, 64, 16)] + [grey_patch]
        *each, filler = models["patches"].module.backbone(torch.from_numpy(np.stack(cut))[:, None])[:, 1].tolist()
    expected = (np.array(each) - filler).reshape(4, 4) / 16
    assert [way.key for way in found.ways] == list(LABELS)
    for way in found.ways:
        np.testing.assert_allclose(way.shares, expected, rtol=0, atol=1e-5, err_msg=way.key)
        assert abs(found.incompleteness(way)) < 2e-5
    assert found.whole == pytest.approx(np.mean(each), abs=1e-6) and found.empty == pytest.approx(filler, abs=1e-6)
    assert is_one_map(found) and "one answer: they differ by at most" in conclusion(found)
    assert found.ranks[0] > 0.999 and found.strongest == pytest.approx(np.abs(expected).max(), abs=1e-5)


def test_ways_of_a_convolutional_network_differ_and_some_account_for_all(compared):
    found = compared["whole"]
    by_key = {way.key: way for way in found.ways}
    assert list(by_key) == list(LABELS)[1:]  # it has no raw map
    assert not is_one_map(found) and "Four ways to ask, different answers" in conclusion(found)
    assert found.difference > 0.01 * found.strongest
    gained = found.whole - found.empty
    assert by_key["shapley"].shares.sum() == pytest.approx(gained, abs=1e-5)
    assert by_key["gates"].shares.sum() == pytest.approx(gained, abs=1e-3 * abs(gained))
    assert abs(found.incompleteness(by_key["occlusion"])) > 0.05 * found.strongest


@pytest.mark.thorough
def test_slopes_that_jump_leave_an_error_that_is_said(tmp_path):
    """Of a network with ReLU the integral converges slowly; the other ways are as exact as ever."""
    settings = {**SETTINGS, "as": "patches", "patch_size": 16}
    found = compare(
        run_of(load_predictor(write_timm(tmp_path, "test_resnet", **settings), "timm:test_resnet", "torch-cpu")),
        FINDING,
        Effort(pairs=2, steps=64),
    )
    raw, *rest = found.ways
    off = {way.key: np.abs(way.shares - raw.shares).max() for way in rest}
    error = next(way.error for way in rest if way.key == "gates")
    assert max(off["occlusion"], off["shapley"], off["surrogate"]) < 1e-5
    assert 1e-3 < off["gates"] < error
    assert is_one_map(found) and f"(the integral's steps leave {scientific(error)} open)" in conclusion(found)


def test_passes_are_counted_told_and_no_more_than_the_price(models, compared, told):
    for name, model in models.items():
        last = compared[name]
        taken = {way.key: way.passes for way in last.ways}
        players = last.ways[0].shares.size
        assert taken["occlusion"] == players + 1 and taken["shapley"] == 4 * (players + 1)
        assert taken["surrogate"] == 3 * players + 2 and taken["gates"] <= 2 * 33
        assert told[name] == 2 + sum(taken.values()) <= price(run_of(model), LITTLE)


def test_nothing_is_left_behind_when_it_is_cancelled_at_any_batch(models):
    model, run = models["whole"], run_of(models["whole"])
    image = run.image.copy()
    for allowed in (1, 40):
        asked = iter(range(allowed))
        with pytest.raises(Cancelled):
            list(ways(run, FINDING, LITTLE, lambda asked=asked: next(asked, None) is None))
    np.testing.assert_array_equal(run.image, image)
    parts = list(model.module.modules())
    assert not any(part.training or part._forward_hooks or part._backward_hooks for part in parts)
    assert all(parameter.grad is None for parameter in model.module.parameters())


def test_what_cannot_be_compared_is_one_sentence(models, tmp_path):
    with pytest.raises(InputError, match="a finding that timm:test_efficientnet predicts, found Pneumonia"):
        next(ways(run_of(models["whole"]), "Pneumonia"))
    small = write_timm(
        tmp_path, "test_efficientnet", **{**SETTINGS, "input_size": 544}, **{"as": "patches", "patch_size": 32}
    )
    many = load_predictor(small, "timm:test_efficientnet", "torch-cpu")
    run = ModelRun(np.zeros((544, 544), np.float32), Geometry(544, 544, 544), many)
    with pytest.raises(InputError, match=r"at most 16×16 patches .* found 17×17; take a model with larger patches"):
        cells_across(run)


def test_a_model_without_a_network_is_asked_in_three_ways_and_again_gives_the_same_shares(models, compared):
    class LogitsAlone:
        def __init__(self, model):
            self.info, self.input_size, self.predict, self.logits = (
                model.info,
                model.input_size,
                model.predict,
                model.logits,
            )

    run = run_of(LogitsAlone(models["whole"]))
    found = compare(run, FINDING, LITTLE)
    assert [way.key for way in found.ways] == ["occlusion", "shapley", "surrogate"]
    before = {way.key: way.shares for way in compared["whole"].ways}
    for way in found.ways:  # of the same seed
        np.testing.assert_array_equal(way.shares, before[way.key])
    assert price(run, LITTLE) == 2 + 65 + 4 * 65 + 194 and conclusion(found).startswith("Three ways")


def test_cells_cover_every_pixel_also_where_they_do_not_divide_the_image():
    cell = cell_of_pixels(10, 4)
    assert [cell[0].tolist(), cell[:, 0].tolist()] == [
        [0, 0, 0, 1, 1, 2, 2, 2, 3, 3],
        [0, 0, 0, 4, 4, 8, 8, 8, 12, 12],
    ]
    np.testing.assert_array_equal(cell_of_pixels(64, 4), np.arange(16).reshape(4, 4).repeat(16, 0).repeat(16, 1))
    filler = grey(np.float32([[0.25, 0.75], [0.5, 0.5]]))
    assert filler.dtype == np.float32 and (filler == 0.5).all()


def test_sentences():
    def comparison(*maps):
        found = tuple(Way(key, np.array([one]), 0.0, 0) for key, one in zip(list(LABELS)[1:], maps, strict=False))
        return Comparison("cnn", FINDING, 0.0, 0.0, found)

    one = comparison([1.0, 2.0, 3.0], [1.0, 2.0, 3.003], [1.0, 2.0, 3.0])
    assert is_one_map(one) and "Three ways to ask, one answer: they differ by at most 3e-3 logits" in conclusion(one)
    other = comparison([1.0, 2.0, 3.0], [1.0, 2.0, 3.5], [3.0, 2.0, 1.0])
    assert "rank correlations of -1.00 to 1.00, and up to 2.50 logits" in conclusion(other).replace("−", "-")
    flat = comparison([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0])
    assert "shares that are all the same" in conclusion(flat)
    jumps = comparison([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.02])
    assert not is_one_map(jumps)
    left = replace(jumps, ways=(*jumps.ways[:2], replace(jumps.ways[2], error=0.05)))
    assert is_one_map(left) and "(the integral's steps leave 5e-2 open)" in conclusion(left)
    assert scientific(0.0000031) == "3e-6" and scientific(0) == "0"
