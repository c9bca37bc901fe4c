"""Occlusion against captum on a small random network, and by hand on a patch model."""

import numpy as np
import pytest
import torch
from captum.attr import Occlusion as CaptumOcclusion

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.baselines import baseline_of
from explainers.model_run import ModelRun
from explainers.perturbation.occlusion import ENTRY, covered
from explainers.run import explain, explain_all


def captum_maps(network, image, window, stride, baseline):
    batch = torch.from_numpy(image)[None, None].repeat(len(FINDINGS), 1, 1, 1)
    with torch.no_grad():
        found = CaptumOcclusion(network).attribute(
            batch,
            sliding_window_shapes=(1, window, window),
            strides=(1, stride, stride),
            target=list(range(len(FINDINGS))),
            baselines=torch.from_numpy(baseline)[None, None],
        )
    return found[:, 0].numpy()


@pytest.fixture
def one_way_of_adding(monkeypatch):
    """Convolutions add up in the same order however many images they are given: oneDNN chooses it by their number.

    The maps are small differences of large logits, where another order shows, on some processors more than elsewhere.
    """
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)


@pytest.mark.parametrize(
    ("window", "stride", "baseline"),
    [
        (8, 4, "mean"),
        (10, 3, "blur"),
        *(
            pytest.param(*other, marks=pytest.mark.thorough)
            for other in ((8, 8, "black"), (7, 5, "mean"), (32, 1, "black"))
        ),
    ],
)
def test_every_stage_equals_captum(small, one_way_of_adding, window, stride, baseline):
    network, image, run = small
    values = {"window": window, "stride": stride, "baseline": baseline}
    stages = list(explain({"cnn": run}, ["occlusion@cnn"], {"occlusion@cnn": values}))
    assert [one.parameters["stride"] for one in stages] == [
        stride * 2**k for k in reversed(range(int(np.log2(window / stride)) + 1))
    ]
    for one in stages:
        theirs = captum_maps(network, image, window, one.parameters["stride"], baseline_of(image, baseline))
        np.testing.assert_allclose(one.at_input_size(), theirs, atol=2e-6 * np.abs(theirs).max())
    assert len(run.heard) == ENTRY.cost(ENTRY.parse(values), run.model)


def test_a_patch_of_a_patch_model_has_its_share_of_the_raw_map(small_patchnet, image):
    """The logit is the mean of the patches', so without one it loses (its logit − the filler's) / patches."""
    run = ModelRun(image, Geometry(128, 128, 128), small_patchnet)
    values = {"window": 32, "stride": 32}
    maps = explain_all({"medicalpatchnet": run}, ["occlusion"], {"occlusion": values})["occlusion"].maps
    filler = small_patchnet.patch_logits(baseline_of(image, "mean")[None, :32, :32])
    shares = (run.patch_prediction.patch_logits - filler) / 16
    np.testing.assert_allclose(maps, shares.T.reshape(14, 4, 4), atol=1e-6)


def test_a_finer_stride_asks_only_what_is_new(small):
    _, _, run = small
    values = {"window": 8, "stride": 8}
    explain_all({"cnn": run}, ["occlusion@cnn"], {"occlusion@cnn": values})
    assert len(run.heard) == 1 + 4**2
    explain_all({"cnn": run}, ["occlusion@cnn"], {"occlusion@cnn": {**values, "stride": 4}})
    assert len(run.heard) == 1 + 7**2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"window": 33}, "Expected a window of at most 32 pixels, the side of cnn's input, found 33"),
        ({"window": 8, "stride": 9}, "Expected a stride of at most the window's 8 pixels, found 9"),
        ({"stride": 0}, "Wrong parameter 'stride' of occlusion: input should be greater than or equal to 1, found 0"),
        ({"window": 0}, "Wrong parameter 'window' of occlusion"),
        ({"baseline": "white"}, "Wrong parameter 'baseline' of occlusion: input should be 'mean', 'blur' or 'black'"),
    ],
)
def test_what_cannot_be_is_said_before_any_pass(small, values, sentence):
    _, _, run = small
    with pytest.raises(InputError, match=sentence):
        explain({"cnn": run}, ["occlusion@cnn"], {"occlusion@cnn": values})
    assert not run.heard


def test_a_baseline_of_another_size_is_refused():
    with pytest.raises(InputError, match=r"baseline of the image's size \(8, 8\), found \(4, 4\)"):
        covered(np.zeros((8, 8), np.float32), np.zeros((4, 4), np.float32), 2, [(0, 0)])
