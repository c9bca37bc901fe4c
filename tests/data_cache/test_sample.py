"""Fetching the public sample: from places laid out in each of three ways, checked, and named when incomplete."""

import hashlib
from contextlib import contextmanager

import pytest

from data_cache import sample
from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.sample import FILES, SampleFile, fetch_sample, label_table
from tests.data_cache.server import Behaviour, serving

FAKE = tuple(  # the same places, other contents
    SampleFile(file.published, file.place, hashlib.sha256(file.place.encode()).hexdigest()) for file in FILES
)
LAYOUTS = {
    "the sample folder": lambda file: file.published,
    "the repository": lambda file: f"sample/{file.published}",
    "the dataset's layout": lambda file: file.place,
}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


@contextmanager
def silent(_name):
    yield lambda _done, _total: None


def check(out):
    for file in FAKE:
        assert (out / file.place).read_bytes() == file.place.encode()
    assert (out / "CheXpert/val_labels.csv").read_text() == label_table()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_from_a_server(tmp_path, layout):
    behaviour = Behaviour({f"/base/{layout(file)}": file.place.encode() for file in FAKE})
    with serving(behaviour) as address:
        fetch_sample(tmp_path / "out", f"{address}/base/", silent, FAKE)
        check(tmp_path / "out")
        asked = len(behaviour.asked)
        fetch_sample(tmp_path / "out", f"{address}/base/", silent, FAKE)
        assert len(behaviour.asked) == asked  # all of it was there


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_from_a_folder(tmp_path, layout):
    for file in FAKE:
        place = tmp_path / "from" / layout(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.place.encode())
    fetch_sample(tmp_path / "out", str(tmp_path / "from"), silent, FAKE)
    check(tmp_path / "out")


def test_the_second_official_place_stands_in_for_the_first(tmp_path, monkeypatch):
    behaviour = Behaviour({f"/second/{file.published}": file.place.encode() for file in FAKE})
    with serving(behaviour) as address:
        monkeypatch.setattr(sample, "OFFICIAL_PLACES", (f"{address}/first", f"{address}/second"))
        fetch_sample(tmp_path, None, silent, FAKE)
        check(tmp_path)


def test_a_file_with_another_hash_is_refused_and_no_table_written(tmp_path):
    files = {f"/{file.published}": file.place.encode() for file in FAKE}
    files[f"/{FAKE[1].published}"] = b"other"
    with serving(Behaviour(files)) as address, pytest.raises(InputError, match=r"view1_frontal\.jpg with the sha256"):
        fetch_sample(tmp_path, address, silent, FAKE)
    assert not (tmp_path / "CheXpert/val_labels.csv").exists()


def test_an_empty_place_is_named(tmp_path):
    with serving(Behaviour({})) as address, pytest.raises(InputError, match="the server answered 404"):
        fetch_sample(tmp_path / "out", address, silent, FAKE)
    with pytest.raises(InputError, match=r"Expected the file view1_frontal\.jpg in .*, found none"):
        fetch_sample(tmp_path / "out", str(tmp_path), silent, FAKE)


def test_the_real_hashes_and_labels(sample_root, tmp_path):
    """The published sample satisfies the hashes, and the table that we write equals the dataset's."""
    fetch_sample(tmp_path, str(sample_root), silent)
    assert (tmp_path / "CheXpert/val_labels.csv").read_text() == (sample_root / "CheXpert/val_labels.csv").read_text()
    cases = CheXlocalize(tmp_path).cases("val")
    assert [case.drawn == case.positives != () for case in cases] == [True, True]
    assert CheXlocalize(tmp_path).gaps("val") == ()
