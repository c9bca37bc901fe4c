"""Taking uploads. The files named here are these tests' own: were the guard broken, they would be read and deleted."""

from pathlib import Path

import pytest

from data_cache.errors import InputError
from ui.uploads import new_folder, take_upload
from ui.visitors import NOBODY


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    file = tmp_path / new_folder(NOBODY) / "a1" / "chest.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"bytes")
    return file


def test_an_upload_is_taken_into_memory_and_leaves_the_disk(upload: Path) -> None:
    assert take_upload(str(upload), "chest.png", {str(upload)}) == b"bytes"
    assert not upload.exists()


@pytest.mark.parametrize("path", ["{folder}/../secret", "{parent}/secret", "{folder}", "{folder}/a1", "secret", ""])
def test_nothing_but_uploads_is_read(upload: Path, path: str) -> None:
    folder = upload.parents[1]
    secret = folder.parent / "secret"
    secret.write_bytes(b"keep")
    with pytest.raises(InputError, match=r"chest\.png: expected a file that was just uploaded"):
        take_upload(path.format(folder=folder, parent=folder.parent), "chest.png", {str(upload)})
    assert secret.read_bytes() == b"keep" and upload.read_bytes() == b"bytes"


def test_an_upload_that_is_gone_is_an_input_error(upload: Path) -> None:
    upload.unlink()
    with pytest.raises(InputError, match="choose it again"):
        take_upload(str(upload), "chest.png", {str(upload)})


def test_an_upload_of_another_visitor_is_refused_and_stays(tmp_path: Path) -> None:
    """Nobody asks here by a visitor's session, so that a visitor's file is another one's."""
    file = tmp_path / new_folder("0" * 32) / "0" / "chest.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"keep")
    uploaded = {str(file)}
    with pytest.raises(InputError, match="expected a file that was just uploaded"):
        take_upload(str(file), "chest.png", uploaded)
    assert file.read_bytes() == b"keep" and uploaded == {str(file)}
