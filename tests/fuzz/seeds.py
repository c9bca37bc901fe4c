"""Whole files of every kind that a reader takes, small, made here."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless
from safetensors.numpy import save as save_tensors

from data_cache.annotations import Place
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from data_cache.store import tensor_bytes
from explainers.ledger import Begun, Block, Ended, Refused, Stored
from explainers.shards import Row, pack
from models import training
from tests.data_cache.annotations import dicom_objects
from tests.data_cache.annotations.test_tools import coco_of, labelme_of, palette_png
from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset, lookup_table
from tests.data_cache.images.lossless_jpeg import lossless_jpeg
from tests.data_cache.images.test_pictures import deep_png
from tests.data_cache.sources import layouts

SIDE = 48
PLACE = Place("patient00001_study1_view1_frontal", (SIDE, SIDE))
_SHADES = np.linspace(0, 255, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint8)
_TWELVE = np.linspace(0, 4095, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint16)
_MASK = _SHADES > 128
_POLYGON = [5.0, 5.0, 40.0, 5.0, 40.0, 30.0, 5.0, 30.0]


def _picture(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return file.getvalue()


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


def pictures() -> list[bytes]:
    colours = np.dstack([_SHADES, _SHADES.T, _SHADES])
    exif = Image.Exif()
    exif[274] = 6
    return [
        _picture(_SHADES, "JPEG", exif=exif),
        _picture(_SHADES, "JPEG", progressive=True),
        _picture(_SHADES, "PNG", dpi=(72, 72)),
        _picture(_TWELVE, "PNG", transparency=5),
        _picture(colours, "PNG", icc_profile=b"profile"),
        _picture(_SHADES, "TIFF", compression="tiff_lzw"),
        _picture(_SHADES.astype(np.float32), "TIFF"),
        _picture(_TWELVE, "TIFF", compression="tiff_deflate"),
        _picture(_SHADES, "BMP"),
        _picture(colours, "WEBP", lossless=True),
        deep_png(np.dstack([_TWELVE] * 4)),
        palette_png(_SHADES // 128, [255, 0, 0, 0, 0, 0], transparency=1),
        lossless_jpeg(_TWELVE, 12),
    ]


def dicoms() -> list[bytes]:
    tags = {
        "BitsStored": 12,
        "WindowCenter": "2048",
        "WindowWidth": "4096",
        "RescaleSlope": "1",
        "RescaleIntercept": "0",
    }
    table = lookup_table(list(range(4096)), 0, 12)
    made = [
        dicom_dataset(_TWELVE, **tags),
        dicom_dataset(_TWELVE, BitsStored=12, VOILUTSequence=[table], PhotometricInterpretation="MONOCHROME1"),
        dicom_dataset(_TWELVE.astype(np.int16) - 2048, BitsStored=12, ModalityLUTSequence=[table]),
        dicom_dataset(_SHADES, PixelPaddingValue=0),
    ]
    for syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        dataset = dicom_dataset(_TWELVE, **tags)
        dataset.compress(syntax)
        made.append(dataset)
    frames = (
        (JPEGBaseline8Bit, _picture(_SHADES, "JPEG"), _SHADES),
        (JPEGLosslessSV1, lossless_jpeg(_TWELVE, 12), _TWELVE),
    )
    for syntax, frame, stored in frames:
        dataset = dicom_dataset(stored, syntax=syntax, BitsStored=12 if stored is _TWELVE else 8)
        dataset.PixelData = encapsulate([frame])
        dataset["PixelData"].VR = "OB"
        made.append(dataset)
    return [dicom_bytes(dataset) for dataset in made]


def _of_this_size(content: dict) -> dict:
    """The helpers' files are of another size."""
    if "images" in content:
        content["images"][0] |= {"height": SIDE, "width": SIDE, "file_name": f"{PLACE.case_id}.png"}
    else:
        content |= {"imageHeight": SIDE, "imageWidth": SIDE, "imagePath": f"{PLACE.case_id}.png"}
    return content


def annotations() -> list[bytes]:
    runs = Rle.encode(_MASK)
    compressed = {"size": [SIDE, SIDE], "counts": runs.counts}
    plain = {"size": [SIDE, SIDE], "counts": [0, SIDE * SIDE]}
    pairs = np.reshape(_POLYGON, (-1, 2)).tolist()
    shapes = [
        {"label": "Edema", "points": pairs, "shape_type": "polygon"},
        {"label": "Fracture", "points": pairs[::2], "shape_type": "rectangle"},
        {"label": "Pneumonia", "points": pairs[:2], "shape_type": "circle"},
        {"label": "rib", "points": pairs[:2], "shape_type": "line"},
    ]
    return [
        _json(_of_this_size(coco_of([_POLYGON], compressed, plain, _POLYGON))),
        _json(_of_this_size(labelme_of(*shapes))),
        _json({PLACE.case_id: {"img_size": [SIDE, SIDE], "Edema": [pairs], "Airspace Opacity": compressed}}),
        _picture(_MASK, "PNG"),
        palette_png(_MASK.astype(np.uint8), [0, 0, 0, 9, 9, 9]),
        _zip({"a/Edema.png": _picture(_MASK, "PNG"), "a/Fracture.png": _picture(_SHADES, "PNG"), "__MACOSX/._x": b"x"}),
    ]


def dicom_annotations() -> list[bytes]:
    """One object of each kind, of an image whose identifier nobody knows."""
    frames = np.stack([_MASK, _MASK.T])
    return [
        dicom_objects.segmentation(frames, ["Edema", "a thing"]),
        dicom_objects.segmentation(_SHADES[None], ["Edema"], "FRACTIONAL", 255),
        dicom_objects.report(("Edema", "POLYLINE", _POLYGON), ("a thing", "ELLIPSE", _POLYGON)),
        dicom_objects.presentation("POLYLINE", _POLYGON),
    ]


def dataset_json() -> list[bytes]:
    pairs = np.reshape(_POLYGON, (-1, 2)).tolist()
    runs = Rle.encode(_MASK)
    segmentations = {name: {"size": [SIDE, SIDE], "counts": runs.counts} for name in ("Edema", "Airspace Opacity")}
    return [
        _json({PLACE.case_id: segmentations, "b": segmentations}),
        _json({PLACE.case_id: {"img_size": [SIDE, SIDE], "Edema": [pairs, pairs], "Fracture": [pairs]}}),
        _json({PLACE.case_id: {"Edema": [[5, 6], [7, 8]]}}),
    ]


def label_tables() -> list[bytes]:
    labels = ",".join(("1.0", "0", "-1", "")[n % 4] for n in range(len(FINDINGS)))
    rows = [f"CheXpert-v1.0/valid/patient{n}/study1/view1_frontal.jpg,Male,{labels}" for n in range(3)]
    return ["\n".join([",".join(["Path", "Sex", *FINDINGS]), *rows]).encode()]


def _npy(values: np.ndarray, **options: object) -> bytes:
    file = BytesIO()
    np.save(file, values, **options)
    return file.getvalue()


def _npz(**values: np.ndarray) -> bytes:
    file = BytesIO()
    np.savez_compressed(file, **values)
    return file.getvalue()


def arrays() -> dict[str, list[bytes]]:
    values = _SHADES.astype(np.float32)
    return {
        ".npy": [_npy(values), _npy(_TWELVE.astype(np.float64).T + 2**40), _npy(_TWELVE), _npy(_MASK)],
        ".npz": [_npz(map=values, probability=np.array(0.5)), _npz(saliency=values.astype(np.float64))],
        ".safetensors": [save_tensors({"map": values, "probability": np.array([0.5], np.float32)})],
        ".png": [_picture(_SHADES, "PNG"), _picture(_TWELVE, "PNG"), deep_png(np.dstack([_TWELVE] * 3))],
    }


def outputs() -> list[bytes]:
    metadata = {
        "findings": json.dumps(FINDINGS),
        "method": "raw",
        "parameters": "{}",
        "model": "m",
        "weights_sha256": "0" * 64,
        "image_sha256": "0" * 64,
        "precision": "float32",
        "geometry": Geometry(SIDE, SIDE, 64).to_json(),
    }
    return [save_tensors({"maps": np.stack([_SHADES[:8, :8].astype(np.float32)] * 14)}, metadata=metadata)]


def predictions() -> list[bytes]:
    section = {"probabilities": dict.fromkeys(FINDINGS, 0.5), "image_sha256": "0" * 64, "model": "m"}
    return [_json({"patchnet": section, "cnn": section})]


def image_lists() -> list[bytes]:
    return [b"path,id,Edema\na/b.png,one,1\nc.png,two,0\nd.png,,-1\n", b'Image;patient\n"a;b.png";p1\nb.png;p2\n']


def blocks() -> list[bytes]:
    values = np.linspace(-1, 1, 14 * 16, dtype=np.float32).reshape(14, 4, 4)
    arrays = {"maps/raw": values, "logits/patchnet": values[:, 0, 0], "probabilities/patchnet": np.full(14, 0.5)}
    made = {"method": "raw", "model_key": "medicalpatchnet", "parameters": "{}", "input_size": 64}
    rows = [Row(case, "0" * 64, 48, 48, arrays, {"raw": made}, {"patchnet": {"model": "m"}}) for case in ("case", "b")]
    return [pack(rows)]


def patch_indices() -> list[bytes]:
    """An index of the four patches of each of two radiographs."""
    case = {"patient": "p", "source": "file"}
    facts = {
        "model": "m", "model_id": "m", "weights_sha256": "0" * 64, "findings": FINDINGS, "input_size": SIDE,
        "patch_size": SIDE // 2, "typical": 1.0, "kept": 1.0, "cases": [{"id": "a", **case}, {"id": "b", **case}],
    }  # fmt: skip
    pictures = [_picture(_SHADES, "JPEG"), _picture(_SHADES.T, "JPEG", quality=50)]
    values = np.linspace(-1, 1, 2 * 4 * 14, dtype=np.float32).reshape(2, 4, 14)
    arrays = {
        "embeddings": values[..., :5].astype(np.float16),
        "logits": values,
        "labels": np.zeros((2, 14), np.int8),
        "marked": np.abs(values).astype(np.float16),
        "pictures": np.frombuffer(b"".join(pictures), np.uint8),
        "ends": np.cumsum([len(picture) for picture in pictures]),
    }
    return [tensor_bytes(arrays, {"patches": json.dumps(facts)})]


def ledgers() -> list[bytes]:
    (block,) = blocks()
    cases = [Stored(case, "0" * 64, 9, 9, 0.1) for case in ("case", "b")]
    records = [
        Begun(
            index=0,
            count=1,
            cases=2,
            parameters={"raw": {}},
            models={"patchnet": {"model": "m"}},
            asked={"raw": "a", "patchnet": "b"},
        ),
        Block(
            file="000000.safetensors",
            bytes=len(block),
            sha256=hashlib.sha256(block).hexdigest(),
            written=1.0,
            maps={"raw": "a"},
            predictions={"patchnet": "b"},
            cases=cases,
        ),
        Refused(written=2.0, id="c", reason="no image"),
        Ended(seconds=1.0),
    ]
    return [b"".join(record.model_dump_json().encode() + b"\n" for record in records)]


def thresholds() -> list[bytes]:
    return [b"method,finding,threshold_tp\nraw,Edema,0.25\ngradcam,Fracture,0.5\nraw,Pneumonia,\n"]


def converted() -> list[bytes]:
    metadata = {"case": "a", "finding": "Edema", "probability": "0.5", "ground_truth": "1", "cxr_dims": "[48, 48]"}
    return [save_tensors({"map": _SHADES.astype(np.float32)}, metadata=metadata)]


def source_files() -> list[tuple[str, str, bytes]]:
    """Datasets' keys, names of their annotation files, and such files."""
    yolo = b"0 0.5 0.5 0.25 0.5\n0 0.1 0.1 0.5 0.1 0.5 0.5\n"
    table = b"image_id,label,reader,x1,y1,x2,y2,image_width,image_height\na,Edema,R1,1,2,3,4,48,40\nb,,R1,,,,,48,40\n"
    files: list[tuple[str, Mapping[str, Any]]] = [
        ("vindr", layouts.VINDR),
        ("ms-cxr", layouts.MS_CXR),
        ("padchest-gr", layouts.PADCHEST_GR),
    ]
    files += [("tbx11k", layouts.TBX11K), ("object-cxr", layouts.OBJECT_CXR)]
    first = [(key, *next(iter(theirs.items()))) for key, theirs in files]
    whole = [(key, name, text.encode() if isinstance(text, str) else _json(text)) for key, name, text in first]
    drawn = coco_of([_POLYGON], {"size": [200, 240], "counts": [10, 47_990]})
    drawn["annotations"].append({"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]})
    own = [("coco", "x.json", _json(drawn)), ("yolo", "labels/a.txt", yolo), ("csv", "x.csv", table)]
    return [*whole, *own, ("yolo", "data.yaml", b"names:\n  0: Edema\n")]


def beside(key: str) -> dict[str, str]:
    """What else must lie in the folder of a dataset."""
    return {"labels/b.txt": "0 0.5 0.5 0.2 0.2\n", "classes.txt": "Edema\n"} if key == "yolo" else {}


def archives() -> list[bytes]:
    members = {
        "case/raw.safetensors": outputs()[0],
        "case/prediction.json": predictions()[0],
        "case/sub/x.npy": b"1" * 999,
    }
    return [_zip(members)]


def settings() -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(training.__file__).parent.glob("configs/*.yaml"))]


def weights() -> dict[str, list[bytes]]:
    tensors = {"layer.weight": torch.ones(4, 3), "layer.bias": torch.zeros(4), "steps": torch.tensor(5)}
    zipped, old = BytesIO(), BytesIO()
    torch.save(tensors, zipped)
    torch.save(tensors, old, _use_new_zipfile_serialization=False)
    plain = {name: np.ones((2, 2), np.float32) for name in ("a", "b")}
    return {".pt": [zipped.getvalue(), old.getvalue()], ".safetensors": [save_tensors(plain, metadata={"x": "1"})]}
