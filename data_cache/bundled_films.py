"""The films of the phantoms that come with the program, told apart from all others by their content."""

from functools import cache
from hashlib import sha256
from pathlib import Path

DEMO_ROOT = Path(__file__).parent / "demo"


def is_bundled(data: bytes) -> bool:
    """Whether a file is one of the bundled films, whatever it is called now."""
    return len(data) in _sizes() and sha256(data).digest() in _hashes()


def is_bundled_file(path: Path) -> bool:
    """The same of a file on the disk, which is read only where its size fits; False where it is not there."""
    try:
        return path.stat().st_size in _sizes() and is_bundled(path.read_bytes())
    except OSError:
        return False


def bundled_hashes() -> list[str]:
    """The sha256 of all bundled films, hexadecimal."""
    return sorted(one.hex() for one in _hashes())


@cache
def _films() -> tuple[Path, ...]:
    return tuple(sorted((DEMO_ROOT / "CheXpert").rglob("*.jpg")))


@cache
def _sizes() -> frozenset[int]:
    return frozenset(path.stat().st_size for path in _films())


@cache
def _hashes() -> frozenset[bytes]:
    return frozenset(sha256(path.read_bytes()).digest() for path in _films())
