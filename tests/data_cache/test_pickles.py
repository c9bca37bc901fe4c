"""Published heat maps convert; a pickle that asks for anything else is refused and never executed."""

import codecs
import io
import json
import pickle
import re
from collections import OrderedDict
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.pickles import case_and_finding, convert_pickles, read_heat_map, read_pickle
from data_cache.store import write_tensors
from tests.data_cache.bounded import outcomes
from tests.data_cache.pickle_bombs import heat_maps, pickles

MAP = np.random.default_rng(2).random((1, 1, 8, 9)).astype(np.float32)
NAME = "patient1_study1_view1_frontal_Airspace Opacity_map.pkl"


def content(**changes) -> dict:
    whole = {
        "map": torch.from_numpy(MAP),
        "prob": 0.25,
        "task": "Airspace Opacity",
        "gt": 1,
        "cxr_img": torch.zeros(3, 4, 4),
        "cxr_dims": (60, 40),
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def written(folder: Path, what: object, name: str = NAME) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(what if isinstance(what, bytes) else pickle.dumps(what, protocol=3))
    return path


def test_a_map_and_what_is_known_about_it(tmp_path):
    heat_map = read_pickle(written(tmp_path, content()))
    np.testing.assert_array_equal(heat_map.values, MAP[0, 0])
    assert heat_map.values.dtype == np.float32
    assert (heat_map.case_id, heat_map.finding) == ("patient1_study1_view1_frontal", "Lung Opacity")
    assert (heat_map.probability, heat_map.label) == (0.25, 1)
    assert heat_map.image_size == (40, 60)  # cxr_dims is (width, height)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(tmp_path, protocol):
    path = written(tmp_path, pickle.dumps(content(), protocol=protocol))
    np.testing.assert_array_equal(read_pickle(path).values, MAP[0, 0])


def test_conversion_round_trip(tmp_path):
    written(tmp_path / "in/deep", content())
    written(
        tmp_path / "in",
        content(task="Edema", gt=None, cxr_dims=None, prob=...),
        NAME.replace("Airspace Opacity", "Edema"),
    )
    paths, refused = convert_pickles(tmp_path / "in", tmp_path / "out")
    assert refused == []
    folder = tmp_path / "out/patient1_study1_view1_frontal"
    assert sorted(paths) == [folder / "Edema.map.safetensors", folder / "Lung Opacity.map.safetensors"]
    drawn = read_heat_map(folder / "Lung Opacity.map.safetensors")
    np.testing.assert_array_equal(drawn.values, MAP[0, 0])
    assert (drawn.case_id, drawn.finding) == ("patient1_study1_view1_frontal", "Lung Opacity")
    assert (drawn.probability, drawn.label, drawn.image_size) == (0.25, 1, (40, 60))
    bare = read_heat_map(folder / "Edema.map.safetensors")
    assert (np.isnan(bare.probability), bare.label, bare.image_size) == (True, None, None)


def test_the_twenty_published_maps(sample_root, tmp_path):
    seen = []
    paths, refused = convert_pickles(
        sample_root / "CheXlocalize/gradcam_maps_val", tmp_path, lambda *state: seen.append(state)
    )
    assert (len(paths), refused) == (20, [])
    assert seen == [(done, 20) for done in range(1, 21)]
    heat_map = read_heat_map(tmp_path / "patient64541_study1_view1_frontal/Lung Opacity.map.safetensors")
    assert heat_map.values.shape == (320, 320)
    assert heat_map.image_size == (2320, 2828)
    assert heat_map.label == 1
    assert heat_map.probability == pytest.approx(0.2389206923544407, abs=1e-12)
    published = sample_root / f"CheXlocalize/gradcam_maps_val/{heat_map.case_id}_Airspace Opacity_map.pkl"
    with published.open("rb") as file:
        expected = pickle.load(file)["map"]  # noqa: S301  the sample is trusted here, to have another reading of it
    np.testing.assert_array_equal(heat_map.values, expected[0, 0].numpy())


class Evil:
    """Leaves a file behind when unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


class Inner:
    """A tensor storage whose inner pickle is evil: an allow-list of the outer pickle alone lets it through."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        legacy = io.BytesIO()
        torch.save(Evil(self.mark), legacy, _use_new_zipfile_serialization=False)
        return torch.storage._load_from_bytes, (legacy.getvalue(),)


class InnerTensor(Inner):
    """A tensor in the place of a storage: harmless, but not what belongs there."""

    def __reduce__(self):
        whole = io.BytesIO()
        torch.save(torch.zeros(3), whole)
        return torch.storage._load_from_bytes, (whole.getvalue(),)


class Outer:
    """Asks for a function by name."""

    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "make",
    [
        Evil,
        Inner,
        lambda mark: content(map=Evil(mark)),
        lambda mark: content(cxr_img=Inner(mark)),
        lambda mark: content(gt=Outer(eval, f"open({str(mark)!r}, 'w')")),
        lambda mark: content(gt=Outer(torch.load, str(mark))),
        lambda mark: content(gt=Outer(np.load, str(mark))),
        lambda mark: content(cxr_img=picture(exif=Evil(mark))),
        lambda mark: content(cxr_img=Outer(Image.open, str(mark))),
        lambda mark: content(cxr_img=Outer(Image.Image.save, Image.new("L", (2, 2)), str(mark))),
        lambda _mark: content(cxr_img=Outer(codecs.encode, "text", "rot13")),
        lambda _mark: content(cxr_img=Outer(codecs.encode, "€", "latin1")),
        lambda mark: content(prob=np.array([Evil(mark)], object)),
        lambda _mark: content(map=InnerTensor(_mark)),
        lambda _mark: b"cos\nsystem\n(S'true'\ntR.",
        lambda _mark: b"\x80\x04\x95not a pickle",
        lambda _mark: b"",
        lambda _mark: pickle.dumps(content())[:300],
    ],
)
def test_what_is_not_let_in_is_named_and_never_executed(tmp_path, make):
    mark = tmp_path / "executed"
    path = written(tmp_path / "in", make(mark))
    with pytest.raises(InputError, match=r"Expected .* in .*Airspace Opacity_map\.pkl, found .* refused"):
        read_pickle(path)
    assert not mark.exists()


def test_the_evil_ones_would_work_elsewhere(tmp_path):
    """The test above means nothing if its pickles are duds."""
    for make in (Evil, Inner):
        mark = tmp_path / make.__name__
        patched = {"weights_only": False}
        if make is Inner:
            _function, (data,) = make(mark).__reduce__()
            torch.load(io.BytesIO(data), **patched)
        else:
            pickle.loads(pickle.dumps(make(mark)))  # noqa: S301
        assert mark.exists()


def test_small_files_cannot_take_long_or_much_memory(tmp_path):
    bombs = pickles() | heat_maps()
    paths = [written(tmp_path / f"{index}", content) for index, content in enumerate(bombs.values())]
    found = dict(zip(bombs, outcomes("data_cache.pickles", "read_pickle", paths), strict=True))
    for name, sentence in found.items():
        assert re.fullmatch(r"Expected .* in .*Airspace Opacity_map\.pkl, found .*; .*\.", sentence), name
        assert len(sentence) < 400, name
    refused = {name for name, sentence in found.items() if "refused and not executed" in sentence}
    assert bombs.keys() - refused == {
        "an index of the memo",  # harmless here: what it holds is no dict
        "a tuple of tuples",  # so is this
        "wide text",
        "bytes by their length",
        "a bytearray by its length",
        "a storage of 8 GiB",
        "a task of doubled lists",
        "a task of much text",
        "sides of huge numbers",
        "a name without an end",
    }


def test_hooks_of_a_tensor_cannot_carry_code(tmp_path):
    """_rebuild_tensor_v2 takes backward hooks: an OrderedDict, which can hold no function that is not let in."""
    storage = torch.zeros(4)._typed_storage()
    for hooks, refused in ((OrderedDict(), False), (OrderedDict({0: Evil(tmp_path / "executed")}), True)):
        tensor = Outer(torch._utils._rebuild_tensor_v2, storage, 0, (1, 1, 2, 2), (4, 4, 2, 1), False, hooks)
        path = written(tmp_path / "in", content(map=tensor))
        with pytest.raises(InputError) if refused else nullcontext():
            read_pickle(path)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"map": ...},
        {"map": [1, 2]},
        {"map": torch.zeros(8, 9)},
        {"map": torch.zeros(1, 1, 0, 9)},
        {"map": torch.full((1, 1, 2, 2), float("nan"))},
        {"map": torch.zeros(1).as_strided((1, 1, 100_000, 100_000), (0, 0, 0, 0))},
        {"cxr_dims": (5,)},
        {"cxr_dims": np.arange(3)},
        {"prob": ((1.0, 2.0), 3.0)},
        {"gt": np.zeros(1001)},
        {"prob": np.array(["high"])},
        {"task": np.float64(3)},
        {"gt": "yes"},
        {"prob": "high"},
        {"prob": 1 << 1100},
        {"gt": float("inf")},
        {"task": ["Edema"]},
    ],
)
def test_other_contents_are_named(tmp_path, changes):
    with pytest.raises(InputError, match=r"Expected a heat map .* in patient1.*, found other contents"):
        read_pickle(written(tmp_path, content(**changes)))


def jpeg() -> Image.Image:
    """A picture that PIL has read of a file, with what it knows of that."""
    file = io.BytesIO()
    Image.new("L", (9, 8), 200).save(file, "JPEG", dpi=(72, 72))
    return Image.open(file)


def picture(**info: object) -> Image.Image:
    made = Image.new("L", (2, 2))
    made.info = info
    return made


FOURTEEN = np.linspace(0.05, 0.7, 14)
OPACITY = FINDINGS.index("Lung Opacity")


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    ("changes", "probability", "label"),
    [
        ({"prob": torch.from_numpy(FOURTEEN)}, FOURTEEN[OPACITY], 1),
        ({"prob": torch.from_numpy(FOURTEEN)[None].half()}, np.float16(FOURTEEN[OPACITY]), 1),
        ({"prob": FOURTEEN}, FOURTEEN[OPACITY], 1),
        ({"prob": FOURTEEN.tolist()}, FOURTEEN[OPACITY], 1),
        ({"prob": np.asfortranarray(FOURTEEN.reshape(1, 14).astype(">f4"))}, np.float32(FOURTEEN[OPACITY]), 1),
        ({"prob": np.float64(0.25)}, 0.25, 1),
        ({"prob": np.float32(0.1)}, np.float32(0.1), 1),
        ({"prob": torch.tensor(0.5)}, 0.5, 1),
        ({"prob": torch.nn.Parameter(torch.tensor([0.5]))}, 0.5, 1),
        ({"prob": torch.rand(3)}, np.nan, 1),
        ({"prob": None}, np.nan, 1),
        ({"prob": ...}, np.nan, 1),
        ({"gt": np.int64(0)}, 0.25, 0),
        ({"gt": np.bool_(True)}, 0.25, 1),
        ({"gt": float("nan")}, 0.25, None),
        ({"gt": np.float32("nan")}, 0.25, None),
        ({"gt": torch.arange(14) == OPACITY}, 0.25, 1),
        ({"gt": np.zeros((2, 2))}, 0.25, None),
        ({"cxr_dims": [60, 40]}, 0.25, 1),
        ({"cxr_dims": np.array([60, 40])}, 0.25, 1),
        ({"cxr_dims": (np.int32(60), np.int64(40))}, 0.25, 1),
        ({"cxr_dims": torch.tensor([60, 40])}, 0.25, 1),
        ({"cxr_dims": torch.zeros(60, 40).shape}, 0.25, 1),
        ({"cxr_img": np.zeros((3, 320, 320), np.float32)}, 0.25, 1),
        ({"cxr_img": np.asfortranarray(np.zeros((8, 9), np.uint8))}, 0.25, 1),
        ({"cxr_img": None}, 0.25, 1),
        ({"cxr_img": Image.new("RGB", (9, 8), (1, 200, 255))}, 0.25, 1),
        ({"cxr_img": Image.new("L", (9, 8), 200).convert("P")}, 0.25, 1),
        ({"cxr_img": jpeg()}, 0.25, 1),
        ({"cxr_img": b""}, 0.25, 1),
        ({"map": torch.nn.Parameter(torch.from_numpy(MAP))}, 0.25, 1),
        ({"map": torch.from_numpy(MAP).double().requires_grad_()}, 0.25, 1),
        ({"map": torch.from_numpy(MAP)[..., ::2][..., :9]}, 0.25, 1),
        ({"task": np.str_("Airspace Opacity")}, 0.25, 1),
        ({"task": ...}, 0.25, 1),
    ],
)
def test_every_form_of_what_is_beside_the_map(tmp_path, changes, probability, label, protocol):
    path = written(tmp_path, pickle.dumps(content(**changes), protocol=protocol))
    heat_map = read_pickle(path)
    expected = changes.get("map", torch.from_numpy(MAP)).detach().float().numpy()[0, 0]
    np.testing.assert_array_equal(heat_map.values, expected)
    np.testing.assert_array_equal(heat_map.probability, float(probability))
    assert (heat_map.label, heat_map.image_size, heat_map.finding) == (label, (40, 60), "Lung Opacity")


def test_older_names_of_numpys_parts(tmp_path):
    """As NumPy 1 wrote them."""
    old = pickle.dumps(content(prob=np.float64(0.25), cxr_img=np.ones(3)), protocol=3).replace(
        b"numpy._core", b"numpy.core"
    )
    assert b"numpy.core.multiarray" in old
    assert read_pickle(written(tmp_path, old)).probability == 0.25


def test_no_dict_and_another_finding_than_the_name_says(tmp_path):
    with pytest.raises(InputError, match=r"Expected a dict in .*, found a list"):
        read_pickle(written(tmp_path, [1]))
    with pytest.raises(InputError, match=r"Expected a map of Lung Opacity in .*, found one of Edema"):
        read_pickle(written(tmp_path, content(task="Edema")))


@pytest.mark.parametrize(
    "name", ["a_map.pkl", "_Edema_map.pkl", ".._Edema_map.pkl", "patient_Elephant_map.pkl", "x.pkl"]
)
def test_names_of_another_form(name):
    with pytest.raises(InputError):
        case_and_finding(Path(name))


def test_refusals_do_not_stop_the_rest(tmp_path):
    written(tmp_path / "in", content())
    written(tmp_path / "in", Evil(tmp_path / "executed"), "patient2_study1_view1_frontal_Edema_map.pkl")
    written(tmp_path / "in/again", content())
    paths, refused = convert_pickles(tmp_path / "in", tmp_path / "out")
    assert len(paths) == 1
    assert len(refused) == 2
    assert any("Expected one map for" in sentence for sentence in refused)
    assert not (tmp_path / "executed").exists()


def test_a_folder_without_maps(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match=r"Expected \*_map\.pkl files in"):
            convert_pickles(folder, tmp_path / "out")


@pytest.mark.parametrize(
    "metadata",
    [{}, {"case": "a", "finding": "Edema", "probability": "x", "ground_truth": "", "cxr_dims": ""}],
)
def test_another_safetensors_file_is_no_heat_map(tmp_path, metadata):
    write_tensors(tmp_path / "a.map.safetensors", {"map": MAP[0, 0]}, metadata)
    with pytest.raises(InputError, match=r"Expected a converted heat map in a\.map\.safetensors"):
        read_heat_map(tmp_path / "a.map.safetensors")


def test_metadata_is_as_documented(tmp_path):
    from safetensors import safe_open

    written(tmp_path / "in", content())
    (path,), _ = convert_pickles(tmp_path / "in", tmp_path / "out")
    with safe_open(path, framework="numpy") as opened:
        assert opened.metadata() == {
            "case": "patient1_study1_view1_frontal",
            "finding": "Lung Opacity",
            "probability": "0.25",
            "ground_truth": "1",
            "cxr_dims": json.dumps([60, 40]),
        }
