"""The files that `explainers run` writes: OUT/<case id>/<method>.safetensors and OUT/<case id>/prediction.json.

A map file holds the tensor `maps`, float32 (14, h, w), and text: `findings` (JSON list), `method`, `parameters` (JSON),
`model`, `weights_sha256`, `geometry` (JSON), and besides `resampling` (how to bring the maps to the size of the model's
input: "nearest" repeats each value over its cell, exactly), `precision` of the arithmetic and `image_sha256`.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_cache.errors import InputError
from data_cache.store import DamagedFile, read_tensors, write_bytes, write_tensors
from explainers.base import FloatArray, Parameters, plain
from explainers.explanation import Explanation
from explainers.passes import Passes

if TYPE_CHECKING:
    from data_cache.case import Case
    from models.architecture import ModelKind
    from models.predictions import ModelInfo

PREDICTION = "prediction.json"
_SECTIONS: dict["ModelKind", str] = {"medicalpatchnet": "patchnet", "cnn": "cnn"}


def image_sha256(case: "Case") -> str:
    """Fingerprint of a case's image, so that results of another image of the same name are not taken for its own.

    Raises:
        InputError: the image's file cannot be read.
    """
    if case.image_path is None:
        return hashlib.sha256(np.ascontiguousarray(case.pixels).tobytes()).hexdigest()
    try:
        with case.image_path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"Expected an image at {case.image_path}, found none that can be read ({error.strerror}); check the path."
        ) from error


def identity(method: str, parameters: Parameters, info: "ModelInfo", image: str) -> dict[str, str]:
    """What must be the same for a stored map to be the one that is wanted, as it stands in the file's text.

    Args:
        method: key of the method.
        parameters: complete parameters.
        info: the model.
        image: the image's fingerprint.
    """
    return {
        "method": method,
        "parameters": json.dumps(plain(parameters), sort_keys=True),
        "weights_sha256": info.weights_sha256,
        "precision": _arithmetic(info),
        "image_sha256": image,
    }


def is_stored(path: Path, wanted: Mapping[str, str]) -> bool:
    """Whether a file holds exactly the maps that are wanted.

    Raises:
        DamagedFile: there is a file, but it cannot be read.
    """
    try:
        tensors, metadata = read_tensors(path)
    except FileNotFoundError:
        return False
    if "maps" not in tensors:
        raise DamagedFile(f"Expected the tensor maps in {path.name}, found {sorted(tensors)}.")
    return all(metadata.get(name) == value for name, value in wanted.items())


def write_explanation(path: Path, explanation: Explanation, wanted: Mapping[str, str]) -> None:
    """Write one method's maps; the file appears when it is complete.

    Args:
        path: the file.
        explanation: a final explanation.
        wanted: its `identity`.
    """
    metadata = {
        **wanted,
        "findings": json.dumps(explanation.findings),
        "model": explanation.model_id,
        "geometry": explanation.geometry.to_json(),
        "resampling": explanation.resampling,
    }
    write_tensors(path, {"maps": explanation.maps}, metadata)


def prediction_section(passes: Passes, kind: "ModelKind", image: str, findings: tuple[str, ...]) -> dict[str, Any]:
    """What prediction.json says about one model: logits and probabilities by finding, and the patch logits."""
    logits = passes.logits(kind)
    probabilities = np.exp(-np.logaddexp(0.0, -logits.astype(np.float64)))
    section: dict[str, Any] = {
        "logits": _named(logits, findings),
        "probabilities": _named(probabilities, findings),
        **_prediction_identity(passes.info(kind), image),
    }
    if kind == "medicalpatchnet":
        section["patch_logits"] = passes.patch_prediction.patch_logits.tolist()
    return section


def stored_predictions(folder: Path, infos: Mapping["ModelKind", "ModelInfo"], image: str) -> dict[str, Any]:
    """The sections of a stored prediction.json that still hold for this image and, where given, these models.

    Raises:
        DamagedFile: the file is there, but is no JSON object.
    """
    try:
        stored = json.loads((folder / PREDICTION).read_text("utf-8"))
        sections = {name: section for name, section in stored.items() if section["image_sha256"] == image}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFile(f"Expected a whole {PREDICTION} in {folder.name}, found a damaged one.") from error
    for kind, info in infos.items():
        section = sections.get(_SECTIONS[kind])
        wanted = _prediction_identity(info, image)
        if section is not None and any(section.get(name) != value for name, value in wanted.items()):
            del sections[_SECTIONS[kind]]
    return sections


def has_section(sections: Mapping[str, Any], kind: "ModelKind") -> bool:
    """Whether the predictions of a kind of model are among these sections."""
    return _SECTIONS[kind] in sections


def write_predictions(folder: Path, sections: Mapping[str, Any], new: Mapping["ModelKind", Any]) -> None:
    """Write prediction.json from sections that still hold and new ones by kind of model."""
    merged = {**sections, **{_SECTIONS[kind]: section for kind, section in new.items()}}
    write_bytes(folder / PREDICTION, json.dumps(merged, indent=1).encode())


def _prediction_identity(info: "ModelInfo", image: str) -> dict[str, str]:
    return {
        "model": info.id,
        "weights_sha256": info.weights_sha256,
        "precision": _arithmetic(info),
        "image_sha256": image,
    }


def _arithmetic(info: "ModelInfo") -> str:
    """float32 or bfloat16: the word with which the description of a model's precision begins."""
    return info.precision.split()[0].rstrip(",;")


def _named(values: FloatArray, findings: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(findings, values.tolist(), strict=True))
