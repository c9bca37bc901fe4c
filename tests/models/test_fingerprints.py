from pathlib import Path

import pytest

from models.fingerprints import fingerprint


def test_an_unchanged_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(b"abc")
    first = fingerprint(path)
    monkeypatch.setattr("models.fingerprints.hash_file", lambda _: pytest.fail("hashed again"))
    assert fingerprint(path) == first
