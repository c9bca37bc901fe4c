"""Reading an annotation file of any known kind for one case, told apart by content. Nothing in it is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from data_cache.annotations.annotation import Annotation, Canvas, Place
from data_cache.annotations.chexlocalize import looks_like_chexlocalize, read_chexlocalize
from data_cache.annotations.coco import read_coco
from data_cache.annotations.dicom import read_dicom_object
from data_cache.annotations.labelme import read_labelme
from data_cache.annotations.names import Labels, finding_in_name, names_another
from data_cache.annotations.pictures import read_mask
from data_cache.archives import read_members
from data_cache.errors import InputError
from data_cache.findings import canonical_finding
from data_cache.json_text import parse_json

KINDS = "COCO, LabelMe or CheXlocalize JSON, a PNG mask, a ZIP of PNG masks, or a DICOM SEG, SR or GSPS"
MOST_BYTES = 100_000_000
_PNG, _ZIP = b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"
_MOST_MASKS = 200
_DICOM_MARK = slice(128, 132)


@dataclass(frozen=True)
class AnnotationFile:
    """What a file holds for a case: its annotations, and sentences about what was passed over, or nothing."""

    annotations: tuple[Annotation, ...]
    note: str = ""


def read_annotations(data: bytes, name: str, place: Place, finding: str | None = None) -> AnnotationFile:
    """Read what a file holds for one case.

    Args:
        data: the file.
        name: what its owner calls it; its stem names who drew, where the file does not say, and the finding of a mask.
        place: the case and its size.
        finding: what a PNG mask is of, where its name does not say, and DICOM regions whose label means no finding.

    Raises:
        InputError: one sentence; the file is of no known kind, damaged, of another image, or has nothing for the case.
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{name}: expected at most {MOST_BYTES // 1_000_000} MB of annotations, found {len(data) // 1_000_000}; "
            "export those of one case."
        )
    canvas, labels = Canvas(place, name), Labels(PurePosixPath(name).stem[:100] or name[:100], name)
    if data.startswith(_PNG):
        canvas.add_mask(labels.reader, _finding_of(name, finding, name), read_mask(data, name, place.size))
        _remark_on(name, canvas)
    elif data.startswith(_ZIP):
        _read_archive(data, canvas, labels.reader, finding)
    elif data[_DICOM_MARK] == b"DICM":
        read_dicom_object(data, canvas, labels, finding)
    else:
        _read_json(data, canvas, labels)
    note = labels.note()  # first: a file without any known finding should say so rather than be called empty
    annotations = canvas.annotations()
    return AnnotationFile(annotations, " ".join(filter(None, (note, *canvas.notes()))))


def _remark_on(path: str, canvas: Canvas) -> None:
    if names_another(path, canvas.place.case_id):
        canvas.remark(
            f"{canvas.name}: names another image, and was read all the same; do its regions belong to "
            f"{canvas.place.case_id}?"
        )


def _finding_of(path: str, chosen: str | None, shown: str) -> str:
    finding = finding_in_name(path) or chosen
    if finding is None:
        raise InputError(
            f"{shown}: expected a finding's name at the end of the mask's name, or one chosen, found none."
        )
    return canonical_finding(finding)


def _read_archive(data: bytes, canvas: Canvas, reader: str, chosen: str | None) -> None:
    """PNG masks; where some paths name the case, only those."""
    members = [path for path in read_members(data, canvas.name, _MOST_MASKS) if path.casefold().endswith(".png")]
    own = [path for path in members if canvas.place.case_id in path] or members
    if not own:
        raise InputError(f"{canvas.name}: expected PNG masks in the archive, found none; export the masks as PNG.")
    contents = read_members(data, canvas.name, _MOST_MASKS, own)
    for number, (path, content) in enumerate(contents.items(), 1):
        shown = f"{canvas.name}, mask {number}"  # names of files may be patients', and are not said again
        with canvas.sparing():
            if len(own) > 1 and finding_in_name(path) is None:
                raise InputError(f"{shown}: expected a finding at the end of each mask's name, found none; rename it.")
            finding = _finding_of(path, chosen, shown)
            canvas.add_mask(reader, finding, read_mask(content, shown, canvas.place.size))
            _remark_on(path, canvas)


def _read_json(data: bytes, canvas: Canvas, labels: Labels) -> None:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        raise InputError(f"{canvas.name}: expected {KINDS}, found something else.")
    content = parse_json(data, canvas.name, "annotations")
    if not isinstance(content, Mapping):
        raise InputError(f"{canvas.name}: expected {KINDS}, found a list; export the whole file.")
    if "shapes" in content:
        read_labelme(content, canvas, labels)
    elif "annotations" in content or "images" in content:
        read_coco(content, canvas, labels)
    elif canvas.place.case_id in content or looks_like_chexlocalize(content):
        read_chexlocalize(content, canvas, labels)
    else:
        raise InputError(f"{canvas.name}: this kind of file is not read; read are {KINDS}; export it as one of them.")
