"""Reading an image file by its content, whatever its name says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_cache.bounded_files import refuse_special
from data_cache.errors import InputError
from data_cache.images.jsrt import SIDE, is_jsrt, read_jsrt
from data_cache.images.pictures import FORMATS, picture_size, read_picture
from data_cache.images.radiograph import Radiograph

MAX_BYTES = 1 << 30
_DICOM_MARK = slice(128, 132)

_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"GIF8", "a GIF"),
    (b"\xff\xd8\xff", "a damaged JPEG"),
    (b"\x89PNG", "a damaged PNG"),
    (b"BM", "a damaged or unusual BMP"),
    (b"II*\x00", "a damaged or unusual TIFF"),
    (b"MM\x00*", "a damaged or unusual TIFF"),
    (b"RIFF", "a damaged WebP, a sound or a film"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"PK", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x08\x00", "perhaps a DICOM file without its header"),
    (b"\x02\x00", "perhaps a DICOM file without its header"),
    (b"<", "a web page or another marked-up text"),
    (b"{", "a JSON text"),
)


def read_radiograph(source: Path | str | bytes, name: str | None = None) -> Radiograph:
    """Read a radiograph: JPEG, PNG, TIFF, BMP, WebP or DICOM, told apart by content, or JSRT's raw .IMG.

    Args:
        source: the path of a file, or its bytes (an upload).
        name: what to call it in messages; the file's name by default.

    Returns:
        The image as grey float32 in [0, 1], upright (EXIF rotation applied), with warnings.

    Raises:
        InputError: one sentence with the name, what was expected, what was found and what to do.
    """
    shown = name or ("the image" if isinstance(source, bytes) else Path(source).name)
    data = source if isinstance(source, bytes) else _file_bytes(Path(source), shown)
    if is_jsrt(shown, len(data)):
        return read_jsrt(data, shown)
    if data[_DICOM_MARK] == b"DICM":
        from data_cache.images.dicom import read_dicom  # pydicom takes its time to import

        return read_dicom(data, shown)
    radiograph = read_picture(data, shown)
    if radiograph is None:
        raise _no_image(shown, data)
    return radiograph


def image_size(path: Path) -> tuple[int, int]:
    """Return the (width, height) of an image file when upright, reading no more than its header.

    Raises:
        InputError: the file is missing or no image.
    """
    refuse_special(path, "an image")
    with _explained(path, path.name), path.open("rb") as file:
        if is_jsrt(path.name, path.stat().st_size):
            return SIDE, SIDE
        start = file.read(1024)
        file.seek(0)
        if start[_DICOM_MARK] == b"DICM":
            from data_cache.images.dicom import dicom_size

            return dicom_size(file, path.name)
        size = picture_size(file, path.name)
    if size is None:
        raise _no_image(path.name, start)
    return size


def _no_image(shown: str, data: bytes) -> InputError:
    if not data:
        return InputError(f"{shown}: expected an image, found an empty file; export or download it again.")
    return InputError(
        f"{shown}: expected an image ({', '.join(FORMATS)} or DICOM), found {_found(data)}; "
        "export the radiograph in one of these formats."
    )


def _file_bytes(path: Path, shown: str) -> bytes:
    refuse_special(path, "an image")
    with _explained(path, shown):
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"{shown}: expected an image file of at most {MAX_BYTES >> 20} MiB, found {size >> 20} MiB; "
                "export a single radiograph."
            )
        return path.read_bytes()


@contextmanager
def _explained(path: Path, shown: str) -> Iterator[None]:
    """Turn the file system's refusals into sentences."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{shown}: expected an image file at {path}, found none; check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{shown}: expected an image file, found a folder; name a file inside it.") from None
    except OSError as error:
        raise InputError(
            f"{shown}: expected an image file that can be read, but {error.strerror}; check its permissions."
        ) from error


def _found(data: bytes) -> str:
    start = data[:64].lstrip()
    for signature, what in _SIGNATURES:
        if data.startswith(signature) or start.startswith(signature):
            return what
    if data[4:8] == b"ftyp":
        return "a HEIC or AVIF picture or a film"
    text = data[:64].decode("ascii", "replace")
    return "a text" if all(letter.isprintable() or letter.isspace() for letter in text) else "something else"
