"""An index of patches: what the model's last layer is given of each patch of a cohort, in one safetensors file."""

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.guarding import guarded
from data_cache.store import MOST_BYTES, DamagedFile, read_tensors, write_tensors

UNKNOWN = -1  # of labels
_VERSION = "1"


class IndexedCase(BaseModel):
    """Which radiograph patches are of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    patient: str
    source: str


class Facts(BaseModel):
    """What an index says of itself.

    Attributes:
        model, model_id, weights_sha256: which model, as in `ModelInfo`.
        input_size, patch_size: of the model, in pixels.
        typical: median Euclidean distance between two patches of different patients; 1 where there is one patient.
        kept: share of the nearest patches of a sample that are the same at the precision of `embeddings`.
        cases: the radiographs, in the order of all arrays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(default=_VERSION, pattern=_VERSION)
    model: str
    model_id: str
    weights_sha256: str
    findings: tuple[str, ...] = FINDINGS
    input_size: int = Field(ge=1)
    patch_size: int = Field(ge=1)
    typical: float = Field(gt=0, allow_inf_nan=False)
    kept: float = Field(ge=0, le=1)
    cases: tuple[IndexedCase, ...] = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class PatchIndex:
    """All patches of a cohort, row by row within each radiograph.

    Attributes:
        facts: what it is of.
        embeddings: (cases, patches, C), float16 or float32: see `building`.
        logits: float32 (cases, patches, 14), NaN for findings that the model does not predict.
        labels: int8 (cases, 14): 1, 0, or −1 where nobody knows.
        marked: float16 (cases, patches, 14): share of the patch within what was marked; NaN where nobody drew.
        pictures: uint8, one JPEG a radiograph after the other, of the square that the model sees.
        ends: int64 (cases,), where each JPEG ends.
    """

    facts: Facts
    embeddings: NDArray[np.floating]
    logits: NDArray[np.float32]
    labels: NDArray[np.int8]
    marked: NDArray[np.float16]
    pictures: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.facts.input_size // self.facts.patch_size

    @cached_property
    def patients(self) -> NDArray[np.str_]:
        """The patient of each radiograph."""
        return np.array([case.patient for case in self.facts.cases])

    def picture(self, case: int) -> NDArray[np.uint8]:
        """Return the square of a radiograph that the model sees, grey (s, s), as the lossy picture keeps it.

        Raises:
            InputError: it is no picture of this size.
        """
        begin, side = int(self.ends[case - 1]) if case else 0, self.facts.input_size
        file = io.BytesIO(self.pictures[begin : self.ends[case]].tobytes())
        refusal = InputError(
            f"Expected a picture of {self.facts.cases[case].id} in the index of patches, found a damaged one; make the "
            "index again."
        )
        with guarded(refusal), Image.open(file, formats=("JPEG",)) as image:
            if image.size == (side, side):  # known from the header: nothing larger is unpacked
                return np.asarray(image.convert("L"))
        raise refusal


def write_index(path: Path, index: PatchIndex) -> None:
    """Write an index; the file appears when it is complete.

    Raises:
        InputError: nothing can be written there.
    """
    tensors = {name: getattr(index, name) for name in _SHAPES}
    try:
        write_tensors(path, tensors, {"patches": index.facts.model_dump_json()})
    except OSError as error:
        raise InputError(
            f"Expected to write an index of patches to {path}, found {error.strerror or error}; name another file."
        ) from error


def read_index(path: Path) -> PatchIndex:
    """Read what `write_index` wrote.

    Raises:
        InputError: there is no such file, or it is damaged or something else.
    """
    refusal = InputError(
        f"Expected an index of patches in {path.name}, found something else or a damaged one; make it again with "
        "`python -m explainers index`."
    )
    try:
        tensors, metadata = read_tensors(path)
    except DamagedFile as error:
        if isinstance(error.__cause__, OSError):  # whose sentence says why it cannot be read
            raise
        raise refusal from None
    except FileNotFoundError:
        raise InputError(
            f"Expected an index of patches at {path}, found no file; make one with `python -m explainers index`."
        ) from None
    if "patches" not in metadata or set(tensors) != set(_SHAPES):
        raise refusal
    try:
        facts = Facts.model_validate_json(metadata["patches"])
    except ValidationError:
        raise refusal from None
    if not _fits(facts, tensors):
        raise refusal
    return PatchIndex(facts, **tensors)


_SHAPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "embeddings": ("embeddings", ("cases", "patches", "channels")),
    "logits": ("float32", ("cases", "patches", "findings")),
    "labels": ("int8", ("cases", "findings")),
    "marked": ("float16", ("cases", "patches", "findings")),
    "pictures": ("uint8", ("bytes",)),
    "ends": ("int64", ("cases",)),
}


def _fits(facts: Facts, tensors: dict[str, NDArray]) -> bool:
    """Whether all arrays are of the types and shapes that belong together, and numbers where there must be some."""
    embeddings, ends = tensors["embeddings"], tensors["ends"]
    if facts.findings != FINDINGS or facts.input_size % facts.patch_size or embeddings.ndim != 3:
        return False
    sides = {
        "cases": len(facts.cases),
        "patches": (facts.input_size // facts.patch_size) ** 2,
        "channels": embeddings.shape[2],
        "findings": len(FINDINGS),
        "bytes": tensors["pictures"].size,
    }
    for name, (dtype, shape) in _SHAPES.items():
        types = ("float16", "float32") if name == "embeddings" else (dtype,)
        if tensors[name].dtype.name not in types or tensors[name].shape != tuple(sides[side] for side in shape):
            return False
    whole = bool((np.diff(ends, prepend=0) > 0).all()) and int(ends[-1]) == sides["bytes"]
    return whole and bool(np.isfinite(embeddings).all())


def room_for(cases: int, patches: int, channels: int) -> None:
    """Refuse a cohort whose index no file could hold, before hours are spent on it.

    Raises:
        InputError: it is too large.
    """
    each = patches * (4 * channels + 6 * len(FINDINGS)) + (1 << 16)
    if cases * each > MOST_BYTES:
        raise InputError(
            f"Expected at most {MOST_BYTES // each} radiographs for one index of patches of this model, found {cases}; "
            "take fewer, such as one split."
        )
