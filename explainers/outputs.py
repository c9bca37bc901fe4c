"""The files that `explainers run` writes: OUT/<case id>/<name>.safetensors and OUT/<case id>/prediction.json.

The name is the method's, or <method>@<model> for another model than the method's default (see `explainers.pairs`); a
":" in a model's key becomes "+" in file names, which not all systems allow otherwise.

A map file holds the tensor `maps`, float32 (14, h, w), and text: `findings` (JSON list), `method`, `parameters` (JSON),
`model`, `weights_sha256`, `geometry` (JSON), and besides `model_key`, `resampling` (how to bring the maps to the size
of the model's input: "nearest" repeats each value over its cell, exactly), `precision` of the arithmetic and
`image_sha256`.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from data_cache.bounded_files import read_file, refuse_special
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.guarding import guarded
from data_cache.json_text import SMALL, parse_json
from data_cache.store import DamagedFile, read_tensors, write_bytes, write_tensors
from explainers.base import Parameters, plain
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.types import FloatArray
from models.capabilities import PATCH_LOGITS
from models.registry import find_model

if TYPE_CHECKING:
    from data_cache.case import Case
    from models.predictions import ModelInfo

PREDICTION = "prediction.json"
SUFFIX = ".safetensors"
_MOST_BYTES = 1 << 24


def file_name(name: str) -> str:
    """The file of a method and model, from the name that both have together."""
    return name.replace(":", "+") + SUFFIX  # models have no "+" in their key


def name_of_file(path: Path) -> str:
    """What `file_name` was given."""
    method, at, model = path.name.removesuffix(SUFFIX).partition("@")
    return method + at + model.replace("+", ":")  # a method may be called gradcam++


def section_of(model: str) -> str:
    """A model's name in prediction.json."""
    return find_model(model).in_predictions


def image_sha256(case: "Case") -> str:
    """Fingerprint of a case's image, so that results of another image of the same name are not taken for its own.

    Raises:
        InputError: the image's file cannot be read.
    """
    if case.image_path is None:
        pixels = case.read().pixels if case.pixels is None else case.pixels  # without an image, `read` refuses
        return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
    refuse_special(case.image_path, "an image")
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
        "model_key": explanation.model,
        "geometry": explanation.geometry.to_json(),
        "resampling": explanation.resampling,
    }
    write_tensors(path, {"maps": explanation.maps}, metadata)


def prediction_section(run: ModelRun, image: str) -> dict[str, Any]:
    """What prediction.json says about one model: logits and probabilities by finding, and a patch model's patch logits.

    What is not predicted is null.
    """
    logits = run.logits
    probabilities = expit(logits.astype(np.float64))
    section: dict[str, Any] = {
        "logits": _named(logits),
        "probabilities": _named(probabilities),
        **prediction_identity(run.info),
        "image_sha256": image,
    }
    if PATCH_LOGITS.of(run.model):
        section["patch_logits"] = [_numbers(row) for row in run.patch_prediction.patch_logits]
    return section


def stored_predictions(folder: Path, infos: Mapping[str, "ModelInfo"], image: str) -> dict[str, Any]:
    """The sections of a stored prediction.json that still hold for this image and, where given, these models.

    Raises:
        DamagedFile: the file is there, but is no JSON object.
    """
    path = folder / PREDICTION
    if not path.exists():
        return {}
    damaged = DamagedFile(f"Expected a whole {PREDICTION} in {folder.name}, found a damaged one.")
    try:
        stored = parse_json(read_file(path, "predictions", _MOST_BYTES), PREDICTION, "predictions", SMALL)
    except InputError as error:  # whoever asked computes it again
        raise damaged from error
    with guarded(damaged):
        sections = {name: section for name, section in stored.items() if section["image_sha256"] == image}
    for key, info in infos.items():
        section = sections.get(section_of(key))
        wanted = {**prediction_identity(info), "image_sha256": image}
        if section is not None and any(section.get(name) != value for name, value in wanted.items()):
            del sections[section_of(key)]
    return sections


def write_predictions(folder: Path, sections: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Write prediction.json from sections that still hold and new ones by the model's key."""
    merged = {**sections, **{section_of(key): section for key, section in new.items()}}
    write_bytes(folder / PREDICTION, json.dumps(merged, indent=1, allow_nan=False).encode())


def prediction_identity(info: "ModelInfo") -> dict[str, str]:
    """What must be the same, besides the image's fingerprint, for stored predictions to be those of a model."""
    return {"model": info.id, "weights_sha256": info.weights_sha256, "precision": _arithmetic(info)}


def _arithmetic(info: "ModelInfo") -> str:
    """float32 or bfloat16: the word with which the description of a model's precision begins."""
    return info.precision.split()[0].rstrip(",;")


def _named(values: FloatArray) -> dict[str, float | None]:
    return dict(zip(FINDINGS, _numbers(values), strict=True))


def _numbers(values: FloatArray) -> list[float | None]:
    return [None if number != number else number for number in values.tolist()]  # NaN is not JSON
