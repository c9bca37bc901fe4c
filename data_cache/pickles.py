"""CheXlocalize's pickled heat maps, read through a door that lets nothing else in, and written as safetensors.

A published `<case>_<finding>_map.pkl` holds a dict: `map` a (1, 1, h, w) tensor, `prob`, `task`, `gt`, `cxr_img` and
`cxr_dims` (width, height). The official scripts look at `map` and `cxr_dims` alone, so that the others may be of any
form that is plain data: NumPy's numbers and arrays, tensors, parameters, PIL's images, one value or 14 in CheXpert's
order, in protocols 2 to 5; what says nothing (NaN, several values of something else) is unknown. Each tensor's
storage is itself a pickle inside the pickle (`torch.storage._load_from_bytes`), so an allow-list of names for the outer
one is not enough: the inner one is read with one of its own, by the same restricted reader.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache import findings
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding
from data_cache.numpy_pickles import admit_numpy, array_of
from data_cache.pickled_parts import admit_bytes, admit_pictures
from data_cache.restricted_pickle import Admit, Budget, Damaged, Function, PickleReader, Refused
from data_cache.store import read_tensors, write_tensors
from data_cache.torch_files import PickledTensor, Storage, admit_tensors, read_stream

PICKLE_SUFFIX = "_map.pkl"
MAP_SUFFIX = ".map.safetensors"
MAX_BYTES = 1 << 28
_MAX_PIXELS = 50_000_000
_MOST_STEPS = 10_000  # a published map takes 250
_MOST_TEXT = 100_000  # and twice the file's size, but not more than
_MOST_ENCODED = 1 << 27  # for below protocol 3 bytes are text, which is read once and encoded once
_LONGEST_NAME = 100
_MOST_NUMBERS = 1000  # of what is not the map


@dataclass(frozen=True, eq=False)
class HeatMap:
    """One finding's map of one case.

    Attributes:
        case_id, finding: which; the finding under CheXpert's name.
        values: float32 (h, w), as stored: unnormalised.
        probability: of the finding, by the model that made the map; NaN where unknown.
        label: 1, 0 or None.
        image_size: (height, width) of the original image, or None. Pickles store it the other way round.
    """

    case_id: str
    finding: str
    values: NDArray[np.float32]
    probability: float
    label: int | None
    image_size: tuple[int, int] | None


def read_pickle(path: Path) -> HeatMap:
    """Read a published heat map; nothing in the file is executed.

    Raises:
        InputError: the file's name or content is not that of a CheXlocalize heat map, or it asks for anything else than
            what tensors and NumPy's numbers are made of.
    """
    case_id, named = case_and_finding(path)
    content = _load(path)
    try:
        finding = _finding(content["task"]) if "task" in content else named
        values = _values(content["map"])
        size = _size(content.get("cxr_dims"))
        label = _label(_of_finding(content.get("gt"), finding))
        probability = _of_finding(content.get("prob"), finding)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, Damaged) as error:
        raise InputError(
            f"Expected a heat map (map (1, 1, h, w) of finite numbers, prob, task, gt, cxr_dims) in {path.name}, "
            "found other contents; leave it out."
        ) from error
    if finding != named:
        raise InputError(f"Expected a map of {named} in {path.name}, found one of {finding}; rename or leave it out.")
    return HeatMap(case_id, finding, values, probability, label, size)


def case_and_finding(path: Path) -> tuple[str, str]:
    """Split the name of a pickle, `<case>_<finding>_map.pkl`, into the case's id and CheXpert's name of the finding.

    Raises:
        InputError: the name is not of this form.
    """
    if path.name.startswith((".", "_")) or not path.name.endswith(PICKLE_SUFFIX):
        raise InputError(f"Expected a name such as <case>_<finding>{PICKLE_SUFFIX}, found {path.name}; rename it.")
    return findings.case_and_finding(path.name.removesuffix(PICKLE_SUFFIX))


def write_heat_map(folder: Path, heat_map: HeatMap) -> Path:
    """Write a map as FOLDER/<case id>/<finding>.map.safetensors and return the path.

    Tensor `map` float32 (h, w); text metadata: case, finding, probability ("nan" when unknown), ground_truth (1, 0 or
    "" when unknown) and cxr_dims (JSON [width, height] of the original, as in the pickles, or "").
    """
    path = map_path(folder, heat_map)
    dims = heat_map.image_size
    metadata = {
        "case": heat_map.case_id,
        "finding": heat_map.finding,
        "probability": repr(heat_map.probability),
        "ground_truth": "" if heat_map.label is None else str(heat_map.label),
        "cxr_dims": "" if dims is None else json.dumps([dims[1], dims[0]]),
    }
    write_tensors(path, {"map": heat_map.values}, metadata)
    return path


def map_path(folder: Path, heat_map: HeatMap) -> Path:
    """Return where `write_heat_map` puts a map."""
    return folder / heat_map.case_id / f"{heat_map.finding}{MAP_SUFFIX}"


def read_heat_map(path: Path) -> HeatMap:
    """Read a map that `write_heat_map` wrote.

    Raises:
        InputError: the file is damaged or something else.
    """
    tensors, metadata = read_tensors(path)
    try:
        dims = json.loads(metadata["cxr_dims"]) if metadata["cxr_dims"] else None
        label = metadata["ground_truth"]
        return HeatMap(
            metadata["case"],
            canonical_finding(metadata["finding"]),
            tensors["map"].astype(np.float32, copy=False),
            float(metadata["probability"]),
            int(label) if label else None,
            (int(dims[1]), int(dims[0])) if dims else None,
        )
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(f"Expected a converted heat map in {path.name}, found another safetensors file.") from error


def convert_pickles(
    folder: Path, out: Path, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Path], list[str]]:
    """Convert all `*_map.pkl` below a folder.

    Returns:
        (the files written, one sentence for each pickle that was refused). One refusal does not stop the rest.

    Raises:
        InputError: the folder is missing or holds no such file.
    """
    pickles = sorted(folder.rglob(f"*{PICKLE_SUFFIX}")) if folder.is_dir() else []
    if not pickles:
        raise InputError(f"Expected *{PICKLE_SUFFIX} files in {folder}, found none; name the folder of the heat maps.")
    written: dict[Path, Path] = {}
    refused = []
    for done, path in enumerate(pickles, 1):
        try:
            heat_map = read_pickle(path)
            target = map_path(out, heat_map)
            if target in written:
                raise InputError(
                    f"Expected one map for {target.stem}, found {path.name} beside {written[target].name}."
                )
            written[write_heat_map(out, heat_map)] = path
        except InputError as error:
            refused.append(str(error))
        if progress is not None:
            progress(done, len(pickles))
    return list(written), refused


def _load(path: Path) -> Mapping[str, object]:
    try:
        data = _read(path)
        content = PickleReader(memoryview(data), *_admission(len(data))).load()
    except Refused as refusal:
        raise InputError(
            f"Expected only tensors and numbers in {path.name}, found {refusal}; it was refused and not executed."
        ) from None
    except (Damaged, OSError) as error:
        raise InputError(
            f"Expected a CheXlocalize heat map in {path.name}, found a pickle that is damaged or holds "
            "something else; it was refused."
        ) from error
    if not isinstance(content, Mapping):
        raise InputError(f"Expected a dict in {path.name}, found a {type(content).__name__}; leave it out.")
    return content


def _read(path: Path) -> bytes:
    if not path.is_file():  # a named pipe would be waited for without end
        raise Refused("something else than a file")
    if path.stat().st_size > MAX_BYTES:
        raise Refused(f"more than {MAX_BYTES >> 20} MiB")
    return path.read_bytes()


def _admission(size: int) -> tuple[Admit, Budget]:
    """Let in tensors whose storages are pickles themselves; those inside count towards the budget of the whole."""
    budget = Budget(steps=_MOST_STEPS, text=_MOST_TEXT + min(2 * size, _MOST_ENCODED))

    def load_storage(data: object) -> Storage:
        if not isinstance(data, memoryview):
            raise Refused("a storage that is not stored as bytes")
        storage = read_stream(data, admit_tensors, budget)
        if not isinstance(storage, Storage):
            raise Refused(f"a {type(storage).__name__} in place of a tensor's storage")
        return storage

    storages = {("torch.storage", "_load_from_bytes"): Function(load_storage)}
    doors = (lambda *name: storages.get(name), admit_bytes(budget), admit_tensors, admit_numpy, admit_pictures)
    return lambda module, name: next(filter(None, (door(module, name) for door in doors)), None), budget


def _finding(task: object) -> str:
    found = array_of(task)
    name = str(found) if found is not None and found.dtype.kind == "U" and found.shape == () else task
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        raise TypeError("a task that is no name")
    return canonical_finding(name)


def _size(dims: object) -> tuple[int, int] | None:
    if dims is None:
        return None
    width, height = _numbers(dims)
    return int(height), int(width)


def _of_finding(value: object, finding: str) -> float:
    """The finding's number of one or of 14 in CheXpert's order; NaN where there is none of it."""
    found = np.full(1, math.nan) if value is None else _numbers(value)
    if len(found) == len(FINDINGS):
        return float(found[FINDINGS.index(finding)])
    return float(found[0]) if len(found) == 1 else math.nan


def _label(value: float) -> int | None:
    return None if math.isnan(value) else int(value)


def _numbers(value: object) -> NDArray[np.float64]:
    """Numbers in a row: of one, of several in a list or tuple (one level deep), of a tensor, or of NumPy's array."""
    if isinstance(value, list | tuple):
        if len(value) > _MOST_NUMBERS:
            raise ValueError(f"{len(value)} numbers")
        return np.array([_row(part).item() for part in value], np.float64)
    return _row(value)


def _row(value: object) -> NDArray[np.float64]:
    if isinstance(value, int | float):
        return np.array([value], np.float64)
    if isinstance(value, PickledTensor):
        if math.prod(value.shape) > _MOST_NUMBERS:
            raise ValueError(f"numbers of shape {value.shape}")
        return value.array().astype(np.float64).ravel()
    found = array_of(value)
    if found is None or found.dtype.kind not in "fiub" or found.size > _MOST_NUMBERS:
        raise TypeError("something else than numbers")
    return found.astype(np.float64).ravel()


def _values(tensor: object) -> NDArray[np.float32]:
    if not isinstance(tensor, PickledTensor):
        raise TypeError("a map that is no tensor")
    shape = tensor.shape
    if len(shape) != 4 or shape[:2] != (1, 1) or not 0 < shape[2] * shape[3] <= _MAX_PIXELS:
        raise ValueError(f"a map of shape {shape}")
    values = tensor.array().astype(np.float32, copy=False)[0, 0]
    if not np.isfinite(values).all():
        raise ValueError("a map that is not finite")
    return np.ascontiguousarray(values)
