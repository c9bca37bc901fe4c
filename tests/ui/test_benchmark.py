"""The Benchmark tab's Python: cohorts, what a visitor hands over, and the messages."""

import gzip
import io
import json
import tempfile
import zipfile
from concurrent.futures import Future
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from data_cache.errors import InputError
from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.cohort.curves import MISSING_DRAWN
from evaluation.cohort.files import unpack
from evaluation.inference.intervals import groups_of, resampled_means
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from ui import benchmark_cohorts, benchmark_own
from ui.benchmark import Benchmark, Visitor, config, row_content
from ui.benchmark_cohorts import Cohorts, Work, resamples
from ui.benchmark_given import given_cohort
from ui.benchmark_own import method_name, read_own_maps
from ui.settings import Settings
from ui.shelf import Shelf

CASES = ("patient1_study1_view1_frontal", "patient2_study1_view1_frontal", "patient2_study2_view1_frontal")
FIRST, SECOND = LOCALIZED_FINDINGS[:2]


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    for i, case in enumerate(CASES):
        write_outputs(folder / "out", case, "raw", np.stack([smooth(i * 20 + j, (8, 8)) for j in range(14)]))
    masks = {case: {FIRST: blob(i), SECOND: blob(i + 10)} for i, case in enumerate(CASES)}
    return Settings(cohort=f"Mine={folder / 'out'}", cohort_masks=write_masks(folder / "gt.json", masks))


@pytest.fixture
def cohorts(given, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmark_cohorts, "available_cores", lambda: 1)
    return Cohorts(given)


class Loaded:
    """An engine whose models are there."""

    def start(self):
        done = Future()
        hashes = {"medicalpatchnet": "f" * 64, "cnn": "e" * 64}
        done.set_result({key: SimpleNamespace(info=SimpleNamespace(weights_sha256=s)) for key, s in hashes.items()})
        return done


@pytest.fixture
def tab(cohorts, catalogue, tmp_path):
    return Benchmark(cohorts, catalogue, Loaded(), Shelf(str(tmp_path)))


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def png(mode: str) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (4, 4), "red").save(buffer, "PNG")
    return buffer.getvalue()


def curves_of(message):
    return unpack(Path(message["file"]["path"]).read_bytes())


def test_a_given_cohort_is_made_once_and_found_on_disk_afterwards(given, cohorts):
    work = cohorts.curves("given", "paper")
    assert isinstance(work, Work)
    content = work.future.result()
    assert cohorts.curves("given", "paper") == content
    again = Cohorts(given).curves("given", "paper")
    assert again == content
    next(benchmark_cohorts.cache_folder().glob("*.curves")).write_bytes(b"damaged")
    assert isinstance(Cohorts(given).curves("given", "paper"), Work)


def test_a_full_disk_costs_nothing_but_the_next_start(cohorts, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(benchmark_cohorts, "write_bytes", full)
    content = cohorts.curves("given", "aligned").future.result()
    assert cohorts.curves("given", "aligned") == content


def test_the_bundled_cohort_is_there_at_once():
    cohorts = Cohorts(Settings())
    assert [row["key"] for row in cohorts.rows()] == ["phantom-test", "phantom-val"]
    content = cohorts.curves("phantom-test", "paper")
    assert isinstance(content, bytes)
    assert len(unpack(content)[0].cases) == 300
    with pytest.raises(InputError, match="not in the list"):
        cohorts.curves("strange", "paper")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cohort": "Mine"}, "NAME=DIR"),
        ({"cohort_masks": None}, "--cohort-masks FILE"),
        ({"cohort_tune_on": Path("val")}, "give both or neither"),
        ({"cohort": "Mine=nowhere"}, "called nowhere"),
        ({"cohort_source": "demo"}, "--cohort-source NAME, found both"),
        ({"cohort_split": "test"}, "with --cohort-source NAME alone"),
        ({"cohort_masks": None, "cohort_source": "csv"}, "--cohort-root DIR with --cohort-source csv"),
        ({"cohort_masks": None, "cohort_source": "demo", "cohort_split": "train"}, "splits .* of demo, found 'train'"),
        ({"cohort_masks": None, "cohort_source": "demo", "cohort_tune_on": Path("val")}, "with --cohort-tune-split"),
        (
            {"cohort_masks": None, "cohort_source": "demo", "cohort_tune_masks": Path("val")},
            "found --cohort-tune-masks; give the split",
        ),
    ],
)
def test_a_wrong_cohort_is_named_at_the_start(given, change, words):
    with pytest.raises(InputError, match=words):
        given_cohort(Settings(**(vars(given) | change)))


def test_a_cohort_of_heat_maps_is_refused_at_the_start(given, tmp_path):
    (tmp_path / "mine").mkdir()
    np.save(tmp_path / "mine" / "a_Edema.npy", np.eye(4))
    for change in ({"cohort": f"Mine={tmp_path / 'mine'}"}, {"cohort_tune_on": tmp_path / "mine"}):
        tuned = {"cohort_tune_masks": given.cohort_masks} if "cohort_tune_on" in change else {}
        with pytest.raises(
            InputError, match=r'outputs of explainers run in mine, found none; .*under "Bring your own"'
        ):
            given_cohort(Settings(**(vars(given) | change | tuned)))


def test_the_human_benchmark_lies_beside_the_masks(given, tmp_path):
    masks = tmp_path / "gt_segmentations_test.json"
    masks.write_bytes(given.cohort_masks.read_bytes())
    assert given_cohort(Settings(cohort=given.cohort, cohort_masks=masks)).human_masks is None
    human = tmp_path / "hb_segmentations_test.json"
    human.write_bytes(masks.read_bytes())
    assert given_cohort(Settings(cohort=given.cohort, cohort_masks=masks)).human_masks == human


def test_resamples_are_those_of_the_command_line():
    values = np.random.default_rng(0).normal(size=(3, 1))
    patients = groups_of(CASES, "patient")
    counts = np.frombuffer(gzip.decompress(resamples(tuple(patients))), np.uint8).reshape(1000, 3).astype(float)
    expected = resampled_means(values, patients, 1000, 0)
    np.testing.assert_allclose((counts @ values) / counts.sum(axis=1, keepdims=True), expected, rtol=1e-12)


def test_showing_a_cohort_says_progress_then_everything_then_the_weights_in_use(tab):
    visitor = Visitor()
    messages = list(tab.show(visitor, "given", "aligned"))
    assert messages[0]["progress"]["stage"] in ("Starting", "Counting") and messages[0]["cohort"] is None
    last = messages[-1]
    assert last["cohort"]["alignment"] == "aligned" and last["progress"] is None and last["error"] == ""
    assert last["cohort"]["active"] == {"medicalpatchnet": "f" * 64, "cnn": "e" * 64}
    curves, about = curves_of(last["cohort"])
    assert curves.cases == CASES and about["weights"]["raw"]["sha256"] == ["0"]
    json.dumps(messages)


def test_rows_are_named_by_method_and_model(toys):
    assert row_content("raw") == {
        "label": "Raw patch map",
        "model": "medicalpatchnet",
        "model_label": "MedicalPatchNet",
        "shown_masks": False,
    }
    assert row_content("toy-bright@toy-five") == {
        "label": "Brightness, Five",
        "model": "toy-five",
        "model_label": "Five findings",
        "shown_masks": False,
    }
    assert row_content("gradcam@timm:resnet18")["label"] == "Grad-CAM, resnet18"
    for name in ("somebody's", "gradcam@medicalpatchnet", "gradcam@nobody", "@cnn"):
        assert row_content(name) == {"label": name, "model": "", "model_label": "", "shown_masks": False}
    assert [row_content(name)["shown_masks"] for name in ("segmentation", "occlusion@medunext_xue")] == [True, True]


def test_a_cohort_with_rows_of_a_third_model_is_shown_with_their_labels(tmp_path, catalogue, monkeypatch, toys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmark_cohorts, "available_cores", lambda: 1)
    for name in ("raw", "toy-bright@toy-five", "strange"):
        for i, case in enumerate(CASES):
            write_outputs(tmp_path / "out", case, name, np.stack([smooth(i * 20 + j, (8, 8)) for j in range(14)]))
    masks = write_masks(tmp_path / "gt.json", {case: {FIRST: blob(i)} for i, case in enumerate(CASES)})
    cohorts = Cohorts(Settings(cohort=f"Three={tmp_path / 'out'}", cohort_masks=masks))
    tab = Benchmark(cohorts, catalogue, Loaded(), Shelf(str(tmp_path)))
    visitor = Visitor()
    *_, last = tab.show(visitor, "given", "paper")
    curves, _ = curves_of(last["cohort"])
    assert curves.methods == ("raw", "toy-bright@toy-five", "strange")
    assert {name: row["label"] for name, row in last["cohort"]["rows"].items()} == {
        "raw": "Raw patch map",
        "toy-bright@toy-five": "Brightness, Five",
        "strange": "strange",
    }
    *_, message = tab.add(visitor, archive(**{f"{CASES[0]}/{FIRST}.npy": GOOD}), "strange.zip")
    assert [own["name"] for own in message["own"]] == ["strange (2)"]


def test_an_unknown_cohort_is_an_error_and_what_is_shown_stays(tab):
    visitor = Visitor()
    *_, shown = tab.show(visitor, "given", "paper")
    (message,) = tab.show(visitor, "strange", "paper")
    assert "not in the list" in message["error"] and message["cohort"] == shown["cohort"]


def test_own_maps_join_in_their_visit_alone_and_can_be_removed(tab):
    visitor, other = Visitor(), Visitor()
    *_, _ = tab.show(visitor, "given", "paper")
    *_, _ = tab.show(other, "given", "paper")
    data = archive(**{f"maps/{CASES[0]}/{FIRST}.npy": npy(smooth(3, (9, 9)))})
    *_, message = tab.add(visitor, data, "Ours <b>.zip")
    (own,) = message["own"]
    assert own["name"] == "Ours  b" and any("1 of 3 cases" in note for note in own["notes"])
    curves, _ = curves_of(own)
    assert curves.states[0, 0].tolist() == [2, MISSING_DRAWN, MISSING_DRAWN]
    assert tab.refuse(other, "")["own"] == [] and deepcopy(visitor).own == []
    *_, again = tab.show(visitor, "given", "aligned")
    assert [one["name"] for one in again["own"]] == ["Ours  b"]
    assert tab.forget(visitor, "Ours  b")["own"] == []


def test_own_maps_need_a_cohort_and_are_few(tab, monkeypatch):
    visitor = Visitor()
    assert "Choose a cohort first" in next(tab.add(visitor, b"", "x.zip"))["error"]
    *_, _ = tab.show(visitor, "given", "paper")
    monkeypatch.setattr("ui.benchmark.MOST_OWN", 0)
    assert "at most 0 methods" in next(tab.add(visitor, b"", "x.zip"))["error"]


def read(cohorts, data):
    return read_own_maps(data, "maps.zip", cohorts.truth("given"), lambda *_: None)


GOOD = npy(np.eye(5, dtype=np.float32))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "found no such file"),
        ({"readme.txt": b"x"}, "found no such file"),
        ({f"{CASES[0]}/Nonsense.npy": GOOD}, "none that ends in a finding"),
        ({f"stranger_{FIRST}.npy": GOOD}, "3 cases, found none, but those of others"),
        ({f"../{CASES[0]}/{FIRST}.npy": GOOD}, "leads out of it"),
        ({f"/{CASES[0]}/{FIRST}.npy": GOOD}, "leads out of it"),
        ({f"{CASES[0]}/{FIRST}.npy": npy(np.full((4, 4), np.nan))}, "NaN or infinity"),
        (
            {f"{CASES[0]}/{FIRST}.npy": npy(np.zeros((2, 4, 4)))},
            r"expected an array \(h, w\)|Expected an array \(h, w\)",
        ),
        ({f"{CASES[0]}/{FIRST}.npy": npy(np.zeros((4, 4)))}, "marks something, found none"),
        ({f"{CASES[0]}/{FIRST}.npy": npy(np.array([{}], dtype=object))}, "array of numbers"),
        ({f"{CASES[0]}/{FIRST}.png": png("RGB")}, "marks something, found none"),  # black: grey stored as colours
        ({f"{CASES[0]}/{FIRST}.npz": b"PK no archive"}, "marks something, found none"),
        ({f"{CASES[0]}/{FIRST}.safetensors": b"short"}, "damaged"),
    ],
)
def test_bad_archives_are_one_sentence(cohorts, files, words, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(InputError, match=words) as caught:
        read(cohorts, archive(**files))
    assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert not list(tmp_path.glob("own-*"))


def test_what_is_no_archive_or_too_large_is_said(cohorts, monkeypatch):
    whole = archive(**{f"{CASES[0]}/{FIRST}.npy": GOOD})
    for data in (b"", b"no zip", whole[: len(whole) // 2]):
        with pytest.raises(InputError, match="Expected a ZIP archive"):
            read(cohorts, data)
    monkeypatch.setattr(benchmark_own, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="split it"):
        read(cohorts, whole)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(benchmark_own, "unpack_into", full)
    with pytest.raises(InputError, match="room on the server's disk"):
        read(cohorts, whole)


def test_one_bad_map_does_not_spoil_the_others(cohorts):
    bad = npy(np.full((4, 4), np.inf))
    files = {
        f"{CASES[0]}/{FIRST}.npy": GOOD,
        f"{CASES[1]}/{FIRST}.npy": bad,
        f"stranger_{FIRST}.npy": GOOD,
        "x.npy": GOOD,
    }
    content, notes = read(cohorts, archive(**files))
    curves, _ = unpack(content)
    assert curves.states[0, 0].tolist() == [2, 7, MISSING_DRAWN]
    assert [any(word in note for note in notes) for word in ("NaN", "1 case that", "2 of 3", "x.npy")] == [True] * 4
    assert not any("stranger" in note for note in notes)  # it may be a patient's name


def test_names_of_own_methods_are_plain_and_not_taken():
    assert method_name("../My <maps>.zip", []) == "My  maps"
    assert method_name("raw.zip", ["raw"]) == "raw (2)"
    assert method_name("\u202e.zip", []) == "own maps"
    assert len(method_name("x" * 300 + ".zip", [])) == 40


def test_the_browser_is_told_plain_json(given, cohorts):
    told = json.dumps(config(cohorts, given))
    assert "Wienholt" in told and json.loads(told)["published"]["values"]["raw"]["Mean"]["hit"] == 0.485
