"""Downloads from a server on this machine: whole or not at all, resumed, checked, and clear when they fail."""

import hashlib
import socket
from pathlib import Path

import numpy as np
import pytest

from data_cache import downloads
from data_cache.downloads import NotThere, download, fingerprint, is_address, within
from data_cache.errors import InputError
from tests.data_cache.server import Behaviour, serving

CONTENT = np.random.default_rng(1).bytes(1_000_003)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The server is on this machine, whatever the machine's settings for others."""
    monkeypatch.setenv("NO_PROXY", "*")


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("states_length", [True, False])
def test_a_file_arrives_whole(tmp_path, ranges, states_length):
    seen = []
    with serving(Behaviour({"/a/w.pt": CONTENT}, ranges=ranges, states_length=states_length)) as address:
        target = download(f"{address}/a/w.pt", tmp_path / "new/w.pt", SHA256, len(CONTENT), lambda *s: seen.append(s))
    assert target == tmp_path / "new/w.pt"
    assert target.read_bytes() == CONTENT
    assert left_behind(target.parent) == ["w.pt"]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_what_is_there_is_not_fetched_again(tmp_path):
    behaviour = Behaviour({"/w.pt": CONTENT})
    with serving(behaviour) as address:
        for _ in range(2):
            download(f"{address}/w.pt", tmp_path / "w.pt", SHA256.upper())
    assert len(behaviour.asked) == 1


def test_a_damaged_target_is_replaced(tmp_path):
    (tmp_path / "w.pt").write_bytes(CONTENT[:-1])
    with serving(Behaviour({"/w.pt": CONTENT})) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    assert (tmp_path / "w.pt").read_bytes() == CONTENT


@pytest.mark.parametrize("ranges", [True, False])
def test_broken_connections_are_resumed_within_a_call(tmp_path, ranges):
    behaviour = Behaviour({"/w.pt": CONTENT}, ranges=ranges, drop_after=300_000, drops=3 if ranges else 1)
    with serving(behaviour) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    assert (tmp_path / "w.pt").read_bytes() == CONTENT
    asked = [0 if part is None else int(part[6:-1]) for _, part in behaviour.asked]
    assert len(asked) == (4 if ranges else 2)
    assert asked == sorted(asked)
    assert asked[1] > 0


def test_a_later_call_goes_on_where_an_earlier_one_stopped(tmp_path):
    with (
        serving(Behaviour({"/w.pt": CONTENT}, drop_after=0, drops=9)) as address,
        pytest.raises(InputError, match="no working connection"),
    ):
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    (partial,) = tmp_path.iterdir()
    partial.write_bytes(CONTENT[:400_000])
    seen = []
    behaviour = Behaviour({"/w.pt": CONTENT})
    with serving(behaviour) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256, progress=lambda *state: seen.append(state))
    assert behaviour.asked == [("/w.pt", "bytes=400000-")]
    assert seen[0] == (400_000, len(CONTENT))
    assert (tmp_path / "w.pt").read_bytes() == CONTENT


def partial_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.{SHA256[:12]}.partial")


def test_a_finished_but_unrenamed_file_is_only_checked(tmp_path):
    partial_of(tmp_path / "w.pt").write_bytes(CONTENT)
    with serving(Behaviour({"/w.pt": CONTENT})) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    assert left_behind(tmp_path) == ["w.pt"]


@pytest.mark.parametrize("stale", [b"x" * 400_000, b"x" * 2_000_000], ids=["shorter", "longer"])
def test_a_partial_file_of_another_version_is_thrown_away(tmp_path, stale):
    partial_of(tmp_path / "w.pt").write_bytes(stale)
    with serving(Behaviour({"/w.pt": CONTENT})) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    assert (tmp_path / "w.pt").read_bytes() == CONTENT


def test_a_server_that_sends_another_part_than_asked_for(tmp_path):
    partial_of(tmp_path / "w.pt").write_bytes(CONTENT[:400_000])
    seen = []
    with serving(Behaviour({"/w.pt": CONTENT}, wrong_range=True)) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256, progress=lambda *state: seen.append(state))
    assert max(done for done, _ in seen) == len(CONTENT)  # the other part was not put behind what was there
    assert (tmp_path / "w.pt").read_bytes() == CONTENT


def test_redirects_are_followed(tmp_path):
    with serving(Behaviour({"/cdn/w": CONTENT}, redirects={"/w.pt": "/cdn/w"})) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    assert (tmp_path / "w.pt").read_bytes() == CONTENT


def test_a_wrong_hash_leaves_nothing_and_an_old_target_alone(tmp_path):
    (tmp_path / "w.pt").write_bytes(b"old")
    with (
        serving(Behaviour({"/w.pt": CONTENT[::-1]})) as address,
        pytest.raises(InputError, match=rf"Expected w\.pt with the sha256 {SHA256}, found [0-9a-f]{{64}};"),
    ):
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)
    assert left_behind(tmp_path) == ["w.pt"]
    assert (tmp_path / "w.pt").read_bytes() == b"old"


@pytest.mark.parametrize("states_length", [True, False])
def test_a_wrong_size_is_refused_before_or_while_it_arrives(tmp_path, states_length):
    with (
        serving(Behaviour({"/w.pt": CONTENT}, states_length=states_length)) as address,
        pytest.raises(InputError, match=r"Expected 5000 bytes of w\.pt"),
    ):
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256, size=5000)
    assert not (tmp_path / "w.pt").exists()


@pytest.mark.parametrize(("status", "kind"), [(404, NotThere), (403, InputError), (500, InputError)])
def test_refusals_name_the_address_and_the_answer(tmp_path, status, kind):
    behaviour = Behaviour({} if status == 404 else {"/w.pt": CONTENT}, status=status)
    with serving(behaviour) as address, pytest.raises(kind, match=f"the server answered {status}"):
        download(f"{address}/w.pt", tmp_path / "w.pt", SHA256)


def test_without_a_connection_one_sentence_says_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        with pytest.raises(InputError, match=r"Expected to reach 127\.0\.0\.1:\d+ for w\.pt, .*--from\.$"):
            download(f"http://127.0.0.1:{taken.getsockname()[1]}/w.pt", tmp_path / "w.pt", SHA256)


@pytest.mark.parametrize("address", ["http://", "http://[/w.pt", "https://exa mple/w.pt"])
def test_what_is_no_address(tmp_path, address):
    with pytest.raises(InputError, match="Expected"):
        download(address, tmp_path / "w.pt", SHA256)


@pytest.mark.parametrize("as_address", [True, False])
def test_copies_from_a_folder_are_checked_alike(tmp_path, as_address):
    origin = tmp_path / "from/w eights.pt"
    origin.parent.mkdir()
    origin.write_bytes(CONTENT)
    seen = []
    source = origin.as_uri() if as_address else origin
    target = download(source, tmp_path / "to/w.pt", SHA256, progress=lambda *state: seen.append(state))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    with pytest.raises(InputError, match="with the sha256"):
        download(source, tmp_path / "to/other.pt", "0" * 64)
    assert left_behind(target.parent) == ["w.pt"]


def test_a_missing_file_in_the_folder_is_named(tmp_path):
    with pytest.raises(NotThere, match=r"Expected the file w\.pt in .*, found none"):
        download(tmp_path / "w.pt", tmp_path / "to/w.pt", SHA256)


def test_without_a_hash_every_call_starts_afresh(tmp_path):
    (tmp_path / "w.pt.unchecked.partial").write_bytes(b"old")
    with serving(Behaviour({"/w.pt": CONTENT})) as address:
        download(f"{address}/w.pt", tmp_path / "w.pt", None)
    assert (tmp_path / "w.pt").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"Expected to write w\.pt into .*; choose another folder"):
        download(tmp_path / "any", tmp_path / "file/w.pt", SHA256)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    (tmp_path / "w.pt").write_bytes(CONTENT)
    monkeypatch.setattr(downloads.shutil, "copyfileobj", full)
    with pytest.raises(InputError, match="but the disk is full"):
        download(tmp_path / "w.pt", tmp_path / "to/w.pt", SHA256)


def test_places():
    assert is_address("https://a/b")
    assert not is_address("C:/a")
    assert not is_address(Path("https:/a"))
    assert within("https://a/b/", "c d/é.jpg") == "https://a/b/c%20d/%C3%A9.jpg"
    assert within("/a/b", "c d.jpg") == Path("/a/b/c d.jpg")
    assert within("file:///a%20b", "c") == Path("/a b/c")


def test_fingerprint(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert fingerprint(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
