"""Making, writing and reading an index of patches of small phantoms."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist

from data_cache.case import Case
from data_cache.cli import run
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.images import preprocess
from data_cache.masks import Rle
from data_cache.store import read_tensors, write_tensors
from explainers.__main__ import app
from explainers.nearest.building import build_index, marked_shares
from explainers.nearest.index import read_index, room_for, write_index
from explainers.nearest.search import nearest

EDEMA, FRACTURE = FINDINGS.index("Edema"), FINDINGS.index("Fracture")


def film(seed, patient, **more):
    """A radiograph of noise, brighter from left to right."""
    pixels = np.random.default_rng(seed).random((128, 160)).astype(np.float32) * np.linspace(
        0, 1, 160, dtype=np.float32
    )
    return Case(f"{patient}-{seed}", patient, "file", pixels=pixels, **more)


@pytest.fixture(scope="module")
def cases():
    mask = np.zeros((128, 160), bool)
    mask[:48, 16:80] = True  # of the square that the model sees: rows 0 to 47, columns 0 to 63
    labels = dict.fromkeys(FINDINGS) | {"Edema": 1, "Fracture": 0}
    masks = {"Edema": Rle.encode(mask), "Fracture": Rle.encode(np.zeros_like(mask))}
    return [film(0, "a"), film(1, "b", labels=labels, masks=masks), film(2, "b"), film(3, "c")]


@pytest.fixture(scope="module")
def index(cases, small_patchnet):
    return build_index(cases, small_patchnet, pytest.fail, lambda: None)


@pytest.fixture
def path(index, tmp_path):
    write_index(tmp_path / "patches.safetensors", index)
    return tmp_path / "patches.safetensors"


def test_everything_is_the_models_and_comes_back_as_it_was(cases, index, path, small_patchnet):
    again = read_index(path)
    assert again.facts == index.facts and again.facts.weights_sha256 == small_patchnet.info.weights_sha256
    assert [case.id for case in again.facts.cases] == ["a-0", "b-1", "b-2", "c-3"]
    for place, case in enumerate(cases):
        image, _ = preprocess(case.read(), 128)
        prediction = small_patchnet.predict(image)
        np.testing.assert_array_equal(again.embeddings[place], prediction.embeddings.astype(again.embeddings.dtype))
        np.testing.assert_array_equal(again.logits[place], prediction.patch_logits)
        assert np.abs(again.picture(place) / 255 - image).mean() < 0.05  # lossy, to look at
        found = nearest(again, prediction.embeddings[5], 1)[0]
        assert (found.case, found.patch, found.distance) == (place, 5, 0)
    assert again.labels[1, [EDEMA, FRACTURE, 0]].tolist() == [1, 0, -1]


def test_the_share_of_a_patch_that_was_marked_is_counted_in_the_view(cases, index):
    expected = np.zeros((4, 4))
    expected[0, :2], expected[1, :2] = 1, 0.5  # a mask of 48 rows over patches of 32
    np.testing.assert_array_equal(index.marked[1, :, EDEMA].reshape(4, 4), expected)
    assert not index.marked[1, :, FRACTURE].any()  # looked for, and not there
    assert np.isnan(index.marked[1, :, 0]).all() and np.isnan(index.marked[0]).all()  # nobody drew
    whole = marked_shares(cases[1], Geometry(128, 160, 128), 1)
    assert whole[0, EDEMA] == pytest.approx(48 * 64 / 128**2, abs=1e-4)


def test_the_typical_distance_is_the_median_between_patients(cases, index, small_patchnet):
    flat = np.concatenate([small_patchnet.predict(preprocess(case.read(), 128)[0]).embeddings for case in cases])
    of = np.repeat([case.patient for case in cases], 16)
    assert index.facts.typical == pytest.approx(np.median(cdist(flat, flat)[of[:, None] != of]), rel=1e-5)


def test_half_precision_is_taken_only_where_the_answer_stays(cases, small_patchnet, index, monkeypatch):
    assert index.embeddings.dtype == np.float16 and index.facts.kept >= 0.99
    predict = type(small_patchnet).predict

    def faint(model, image):
        prediction = predict(model, image)
        return replace(prediction, embeddings=prediction.embeddings * np.float32(1e-9))

    monkeypatch.setattr(type(small_patchnet), "predict", faint)  # half precision takes all of them for 0
    assert build_index(cases, small_patchnet, pytest.fail, lambda: None).embeddings.dtype == np.float32


def test_what_cannot_be_indexed_is_one_sentence(cases, small_patchnet, small_cnn, tmp_path):
    with pytest.raises(InputError, match=r"Expected a model with embeddings of patches .* found cnn"):
        build_index(cases, small_cnn, pytest.fail, lambda: None)
    with pytest.raises(InputError, match="found a-0 twice"):
        build_index([cases[0], cases[0]], small_patchnet, pytest.fail, lambda: None)
    said = []
    gone = Case("gone", "g", "file", image_path=tmp_path / "gone.png")
    with pytest.raises(InputError, match="found none that can be read of 1"):
        build_index([gone], small_patchnet, said.append, lambda: None)
    assert len(said) == 1 and said[0].startswith("gone: gone.png: expected")
    with pytest.raises(InputError, match=r"Expected at most \d+ radiographs"):
        room_for(10**6, 64, 1280)


def damaged(kind, path):
    """Break an index in one of many ways."""
    tensors, metadata = read_tensors(path)
    facts = json.loads(metadata["patches"])
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:-7])
        return
    if kind == "maps":
        tensors = {"maps": tensors["logits"]}
    elif kind == "shape":
        tensors["logits"] = tensors["logits"][:, :3]
    elif kind == "nan":
        tensors["embeddings"][0, 0, 0] = np.nan
    elif kind == "ends":
        tensors["ends"][1] = tensors["ends"][2]
    elif kind == "type":
        tensors["embeddings"] = tensors["embeddings"].astype(np.float64)
    elif kind == "findings":
        facts["findings"] = facts["findings"][::-1]
    elif kind == "version":
        facts["version"] = "2"
    write_tensors(path, tensors, {"patches": json.dumps(facts)})


@pytest.mark.parametrize("kind", ["cut", "maps", "shape", "nan", "ends", "type", "findings", "version"])
def test_a_damaged_index_is_one_sentence(kind, path):
    damaged(kind, path)
    with pytest.raises(
        InputError, match=r"^Expected an index of patches in patches\.\w+, .* `python -m explainers index`\.$"
    ):
        read_index(path)


def test_a_damaged_picture_and_no_file_are_one_sentence_each(path, tmp_path):
    tensors, metadata = read_tensors(path)
    tensors["pictures"][: tensors["ends"][0]] = 0
    write_tensors(path, tensors, metadata)
    index = read_index(path)
    assert index.picture(1).shape == (128, 128)
    with pytest.raises(InputError, match="Expected a picture of a-0 in the index of patches, found a damaged one"):
        index.picture(0)
    with pytest.raises(InputError, match="found no file; make one with"):
        read_index(tmp_path / "none.safetensors")


def test_the_command_says_what_it_made_and_what_it_left_out(small_weights, tmp_path, monkeypatch, capsys):
    for seed in range(2):
        pixels = np.random.default_rng(seed).integers(0, 255, (140, 150), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{seed}.png")
    (tmp_path / "list.csv").write_text("path,patient,Edema\n0.png,p,1\n1.png,q,0\ngone.png,r,1\n")
    out = tmp_path / "made" / "patches.safetensors"
    words = ["index", "--images-from", tmp_path / "list.csv", "--out", out, "--backend", "torch-cpu"]
    weights = ["--model", f"medicalpatchnet={small_weights['medicalpatchnet']}"]
    monkeypatch.setattr(sys, "argv", ["explainers", *map(str, words), *weights])
    with pytest.raises(SystemExit) as left:
        run(app)
        raise SystemExit(0)
    said = capsys.readouterr()
    assert left.value.code == 0 and "32 patches of 2 radiographs" in said.out and "1 left out" in said.out
    assert "gone" in said.err
    index = read_index(out)
    assert [case.patient for case in index.facts.cases] == ["p", "q"]
    assert index.labels[:, EDEMA].tolist() == [1, 0]
    assert [file.name for file in out.parent.iterdir()] == [out.name]  # nothing unfinished is left
