from pathlib import Path

import pytest

from data_cache.errors import InputError
from ui.uploads import take_upload


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


def test_an_upload_is_taken_into_memory_and_leaves_the_disk(folder: Path) -> None:
    file = folder / "a1" / "chest.png"
    file.parent.mkdir()
    file.write_bytes(b"bytes")
    assert take_upload(str(file), "chest.png", folder) == b"bytes"
    assert not file.exists()


# Only files of this test: were the guard broken, whatever is named here would be read and deleted.
@pytest.mark.parametrize("path", ["{folder}/../secret", "{parent}/secret", "{folder}", "{folder}/missing", "secret"])
def test_nothing_outside_the_upload_folder_is_read(folder: Path, path: str) -> None:
    secret = folder.parent / "secret"
    secret.write_bytes(b"keep")
    with pytest.raises(InputError, match=r"chest\.png: expected a file that was just uploaded"):
        take_upload(path.format(folder=folder, parent=folder.parent), "chest.png", folder)
    assert secret.read_bytes() == b"keep"


def test_a_link_out_of_the_upload_folder_is_not_followed(folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.write_bytes(b"keep")
    link = folder / "link.png"
    link.symlink_to(secret)
    with pytest.raises(InputError):
        take_upload(str(link), "link.png", folder)
    assert secret.read_bytes() == b"keep"
