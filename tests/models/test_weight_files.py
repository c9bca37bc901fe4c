import os
import pickle
import re
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from data_cache.errors import InputError
from models.fingerprints import fingerprint
from models.weight_files import read_weights
from tests.data_cache.pickle_bombs import deflated as archive_of_zeros


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        read_weights(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


class Bomb:
    """Unpickling this makes a file, as an attacker's weights would run a command."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_state_dicts_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    torch.save({"a": torch.ones(2), "n": torch.tensor(3)}, path)
    tensors, metadata = read_weights(path)
    assert tensors["a"].tolist() == [1, 1]
    assert tensors["n"].item() == 3
    assert metadata == {}


def test_a_modules_own_state_dict_and_parameters_are_read(tmp_path: Path) -> None:
    module = torch.nn.BatchNorm2d(2)
    for content in (module.state_dict(), dict(module.named_parameters())):
        torch.save(content, tmp_path / "weights.pt")
        tensors, _ = read_weights(tmp_path / "weights.pt")
        assert list(tensors) == list(content)
        assert not any(tensor.requires_grad for tensor in tensors.values())


def test_safetensors_are_read_with_their_metadata(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"a": torch.ones(2)}, path, {"made by": "a test"})
    tensors, metadata = read_weights(path)
    assert tensors["a"].tolist() == [1, 1]
    assert metadata == {"made by": "a test"}


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path: Path, zipped: bool) -> None:
    target = tmp_path / "hacked"
    path = tmp_path / "evil.pt"
    torch.save({"a": torch.ones(2), "b": Bomb(target)}, path, _use_new_zipfile_serialization=zipped)
    refused(path, "which is refused because unpickling it could run code")
    assert not target.exists()


def test_a_bare_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    target = tmp_path / "hacked"
    path = tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps(Bomb(target)))
    refused(path, "Expected a state dict")
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (torch.ones(3), "found a tensor"),
        ([torch.ones(3)], "found a list"),
        ({"epoch": 3, "model": {"a": torch.ones(3)}}, "with keys such as 'epoch', 'model'"),
        ({1: torch.ones(3)}, "with keys such as 1"),
        ({"a": torch.eye(3).to_sparse()}, "found torch._utils._rebuild_sparse_tensor"),
        ({"a": torch.ones(3, device="meta")}, "found torch._utils._rebuild_meta_tensor_no_storage"),
    ],
)
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content: object, found: str) -> None:
    path = tmp_path / "other.pt"
    torch.save(content, path)
    refused(path, found)


def deflated(path: Path) -> None:
    """One storage of zeros in a compressed archive: 128 MiB in 600 kB."""
    torch.save({"a": torch.zeros(1 << 16)}, path)
    with zipfile.ZipFile(path) as plain:
        (name,) = (name for name in plain.namelist() if name.endswith("data.pkl"))
        pickled = plain.read(name)
    few, many = (b"J" + number.to_bytes(4, "little") for number in (1 << 16, 1 << 25))
    assert pickled.count(few) == 2  # numbers in the storage, and in the tensor
    path.write_bytes(archive_of_zeros(pickled.replace(few, many), 128))


def repeated(path: Path) -> None:
    """A thousand tensors that share 3 MB of numbers."""
    shared = torch.zeros(750_000)
    torch.save({f"a{i}": shared for i in range(1_000)}, path)


def stretched(path: Path) -> None:
    """A tensor of 4 TB that repeats one number."""
    torch.save({"a": torch.zeros(1).expand(1 << 20, 1 << 20)}, path)


@pytest.mark.parametrize(
    ("bomb", "found"), [(deflated, "a compressed archive"), (repeated, "damaged"), (stretched, "damaged")]
)
def test_small_files_that_would_fill_the_memory_are_refused(
    tmp_path: Path, bomb: Callable[[Path], None], found: str
) -> None:
    path = tmp_path / "bomb.pt"
    bomb(path)
    assert path.stat().st_size < 4_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path, found)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"hello, world", b"%PDF-1.7\n", b"PK\x03\x04broken", b"\x80\x02."]
)
def test_other_files_are_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"other{suffix}"
    path.write_bytes(content)
    refused(path, "Expected")


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_truncated_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut{suffix}"
    tensors = {"a": torch.ones(1000)}
    if suffix == ".pt":
        torch.save(tensors, path)
    else:
        save_file(tensors, path)
    path.write_bytes(path.read_bytes()[:-1000])
    refused(path, "found a damaged or different file")


def test_a_missing_file_a_folder_and_an_empty_file_are_named(tmp_path: Path) -> None:
    refused(tmp_path / "oficial", "Expected official, demo, auto or a file of weights")
    (tmp_path / "folder.pt").mkdir()
    refused(tmp_path / "folder.pt", "found the folder 'folder.pt'")
    (tmp_path / "empty.pt").touch()
    refused(tmp_path / "empty.pt", "found an empty file")


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(b"x")
    refused(path, "Expected weights as .safetensors or .pt, found 'weights.h5'")


def test_the_fingerprint_is_sha256_and_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "abc.pt"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert fingerprint(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(b"abcd")
    assert fingerprint(path).startswith("88d4266fd4e6338d13b845fcf289579d")
