import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download

from data_cache.errors import InputError
from models.families.medicalpatchnet import REPOSITORY
from models.fetching import fetch_official
from models.fingerprints import fingerprint
from models.official import OfficialFile, cached_path
from models.registry import MODELS
from tests.data_cache.server import Behaviour, serving

CONTENT: dict[str, bytes] = {"medicalpatchnet": b"patch weights " * 50_000, "cnn": b"cnn weights " * 50_000}
Progress = Callable[[int, int | None], None]


def official_file(kind: str) -> OfficialFile:
    file = MODELS[kind].official
    assert file is not None
    return file


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Small contents play the official ones."""
    for kind, content in CONTENT.items():
        path = tmp_path / "hashed"
        path.write_bytes(content)
        official = dataclasses.replace(official_file(kind), sha256=fingerprint(path))
        monkeypatch.setitem(MODELS, kind, dataclasses.replace(MODELS[kind], official=official))
        path.unlink()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hub"


@contextmanager
def quiet(_name: str) -> Iterator[Progress]:
    yield lambda done, total: None


def files(base: str = "") -> dict[str, bytes]:
    return {f"{base}/{official_file(kind).filename}": content for kind, content in CONTENT.items()}


def check(cache: Path) -> None:
    """Both files lie where this program and huggingface_hub look for them."""
    for kind, content in CONTENT.items():
        found = cached_path(official_file(kind), cache)
        assert found is not None
        assert found.read_bytes() == content
        theirs = hf_hub_download(REPOSITORY, official_file(kind).filename, cache_dir=cache, local_files_only=True)
        assert Path(theirs) == found
    assert not list(cache.rglob("*.partial"))


def test_from_an_address(cache: Path) -> None:
    heard: list[tuple[str, int, int | None]] = []

    @contextmanager
    def listening(name: str) -> Iterator[Progress]:
        yield lambda done, total: heard.append((name, done, total))

    with serving(Behaviour(files("/mirror"))) as address:
        paths = fetch_official(listening, f"{address}/mirror", cache)
    check(cache)
    assert [path.name for path in paths] == ["MedicalPatchNet_weights.pt", "EfficientNetV2S_weights.pt"]
    length = len(CONTENT["cnn"])
    assert heard[-1] == ("EfficientNetV2S_weights.pt", length, length)


def test_from_the_hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour = Behaviour(files(f"/{REPOSITORY}/resolve/main"))
    with serving(behaviour) as address:
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        fetch_official(quiet, None, cache)
    check(cache)
    assert [path for path, _ in behaviour.asked] == list(behaviour.files)


def test_from_a_folder_under_the_former_name(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "usb stick"
    folder.mkdir()
    (folder / "MedicalPatchNet_weights.pt").write_bytes(CONTENT["medicalpatchnet"])
    (folder / "EfficientNetB0_weights.pt").write_bytes(CONTENT["cnn"])
    fetch_official(quiet, folder, cache)
    check(cache)


def test_a_broken_transfer_goes_on_where_it_stopped(cache: Path) -> None:
    behaviour = Behaviour(files(), drops=10**6, drop_after=300_000, ranges=False)
    with serving(behaviour) as address:
        with pytest.raises(InputError, match=r"try again later"):
            fetch_official(quiet, address, cache)
        assert cached_path(official_file("medicalpatchnet"), cache) is None
        behaviour.drops, behaviour.ranges = 0, True
        behaviour.asked.clear()
        fetch_official(quiet, address, cache)
    check(cache)
    assert behaviour.asked[0][1] == "bytes=300000-"


def test_nothing_is_asked_for_twice(cache: Path) -> None:
    behaviour = Behaviour(files())
    with serving(behaviour) as address:
        fetch_official(quiet, address, cache)
        behaviour.asked.clear()
        fetch_official(quiet, address, cache)
    assert behaviour.asked == []


def test_a_wrong_hash_leaves_nothing_behind(cache: Path) -> None:
    wrong = {path: content + b"!" for path, content in files().items()}
    with (
        serving(Behaviour(wrong)) as address,
        pytest.raises(InputError, match=r"MedicalPatchNet_weights.pt with the sha256"),
    ):
        fetch_official(quiet, address, cache)
    assert cached_path(official_file("medicalpatchnet"), cache) is None
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_damaged_file_in_the_cache_is_replaced(cache: Path) -> None:
    with serving(Behaviour(files())) as address:
        (path, _) = fetch_official(quiet, address, cache)
        path.resolve().write_bytes(b"damaged")
        fetch_official(quiet, address, cache)
    check(cache)


def test_a_snapshot_of_the_hub_is_completed(cache: Path) -> None:
    """preload_from_hub or huggingface_hub has been here before, for one of the two files."""
    repository = cache / "models--patrick-w--MedicalPatchNet"
    theirs = repository / "snapshots" / "0123abcd" / "MedicalPatchNet_weights.pt"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(CONTENT["medicalpatchnet"])
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0123abcd")
    behaviour = Behaviour(files())
    with serving(behaviour) as address:
        paths = fetch_official(quiet, address, cache)
    assert [path.parent for path in paths] == [theirs.parent] * 2
    assert [path for path, _ in behaviour.asked] == ["/EfficientNetV2S_weights.pt"]
    check(cache)


def test_offline_the_message_says_what_to_do(cache: Path) -> None:
    with serving(Behaviour({})) as address:
        pass  # nobody listens there any more
    with pytest.raises(
        InputError, match=r"no working connection to it; .* name a folder or another address with --from"
    ):
        fetch_official(quiet, address, cache)


def test_a_folder_without_the_files_is_named(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Expected the file MedicalPatchNet_weights.pt in .*empty, found none"):
        fetch_official(quiet, tmp_path / "empty", cache)


def test_where_links_are_impossible_the_file_is_copied(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    with serving(Behaviour(files())) as address:
        fetch_official(quiet, address, cache)
    check(cache)


def test_a_server_that_sends_without_end_is_left(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.fetching._LARGEST", 2_000_000)
    behaviour = Behaviour(files(), states_length=False, endless=True)
    with (
        serving(behaviour) as address,
        pytest.raises(InputError, match=r"Expected at most 2000000 bytes of MedicalPatchNet_weights.pt, but more"),
    ):
        fetch_official(quiet, address, cache)
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("drops", [0, 10**6])
def test_a_server_that_trickles_is_left(cache: Path, monkeypatch: pytest.MonkeyPatch, drops: int) -> None:
    """Each byte comes in time, over one connection or over ever new ones; what came is kept."""
    monkeypatch.setattr("data_cache.downloads.SPAN", 0.5)
    behaviour = Behaviour(files(), pause=0.01, drops=drops, drop_after=2)
    with (
        serving(behaviour) as address,
        pytest.raises(InputError, match=r"Expected at least 600,000 bytes .* within 0 s, found \d+; try again"),
    ):
        fetch_official(quiet, address, cache)
    (partial,) = cache.rglob("*.partial")
    assert 0 < partial.stat().st_size < 1000
