"""What else looks like this patch to the model: the nearest patches of an index, as the page shows them."""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_cache.demo import DEMO_PATCHES
from data_cache.errors import InputError
from data_cache.simulated import looks_simulated
from explainers.nearest.index import UNKNOWN, PatchIndex, read_index
from explainers.nearest.search import Neighbour, nearest
from models.capabilities import PATCH_EMBEDDINGS
from ui.catalogue import Catalogue, short_name, source_label
from ui.rendering import png
from ui.session import OpenCase

COUNT = 8
_DEMO = "Demonstration weights, simulated radiographs: the distances show the search, and mean nothing on films."


class Asked(BaseModel):
    """What the browser sends; other fields are passed over."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(max_length=200)
    patch: int = Field(ge=0)

    @classmethod
    def of(cls, content: Any) -> "Asked":
        """Check what the browser sent.

        Raises:
            InputError: it is something else.
        """
        try:
            return cls.model_validate(content)
        except ValidationError:
            raise InputError(
                "Expected a model and one of its patches, found something else; reload the page."
            ) from None


@dataclass(eq=False)
class Nearby:
    """The indices of the page, read when they are first asked for.

    Args:
        given: the index of the host; the one that comes with the program is there besides.
        catalogue: the cases that the page can open.
    """

    given: Path | None
    catalogue: Catalogue

    def __post_init__(self) -> None:
        self._read, self._lock = cache(read_index), Lock()

    def content(self, reading: OpenCase, asked: Asked) -> dict[str, Any]:
        """Return the nearest patches of other patients as JSON values.

        Raises:
            InputError: the model has not spoken of this case, or has no embeddings; there is no such patch; or the
                index is damaged.
        """
        model, embeddings = reading.model(asked.model), reading.embeddings.get(asked.model)
        if model is None or embeddings is None or asked.patch >= len(embeddings):
            raise InputError(
                f"Expected a patch that a model with {PATCH_EMBEDDINGS.words} has seen, found {asked.patch} of "
                f"{asked.model}; open the case again."
            )
        basics = {"case": reading.key, "model": asked.model, "patch": asked.patch}
        index = self._of(model.info.weights_sha256)
        if index is None:
            return {**basics, "problem": _other(model.info.weights_sha256), "near": [], "facts": None}
        found = nearest(index, embeddings[asked.patch], COUNT, reading.view.patient)
        return {
            **basics,
            "problem": "",
            "near": [self._one(index, one) for one in found],
            "facts": _facts(index, reading.view.patient, model.info.origin == "demo"),
        }

    def _of(self, weights: str) -> PatchIndex | None:
        """The index of a model's weights, the host's first; None where there is none."""
        with self._lock:  # read once, however many ask at the same time
            for path in filter(None, (self.given, DEMO_PATCHES)):
                if path == self.given or path.is_file():
                    index = self._read(path)
                    if index.facts.weights_sha256 == weights:
                        return index
        return None

    def _one(self, index: PatchIndex, one: Neighbour) -> dict[str, Any]:
        case = index.facts.cases[one.case]
        labels = index.labels[one.case].tolist()
        return {
            "case": case.id,
            "short": short_name(case.id),
            "source_label": source_label(case.source),
            "phantom": looks_simulated(case.source, case.id),
            "listed": case.id in self.catalogue,
            "patch": one.patch,
            "distance": one.distance,
            "logits": _numbers(index.logits[one.case, one.patch]),
            "labels": [None if label == UNKNOWN else label for label in labels],
            "marked": _numbers(index.marked[one.case, one.patch]),
            "picture": "data:image/png;base64," + base64.b64encode(png(surroundings(index, one))).decode("ascii"),
        }


def surroundings(index: PatchIndex, one: Neighbour) -> NDArray[np.uint8]:
    """A patch with half a patch of what surrounds it on each side, grey (2p, 2p); black beyond the picture."""
    side = index.facts.patch_size
    margin = side // 2
    row, column = divmod(one.patch, index.grid)
    whole = np.pad(index.picture(one.case), margin)
    return whole[row * side : row * side + side + 2 * margin, column * side : column * side + side + 2 * margin]


def _facts(index: PatchIndex, patient: str, demo: bool) -> dict[str, Any]:
    own = int((index.patients == patient).sum())
    patches = index.grid**2
    return {
        "grid": index.grid,
        "patches": patches * (len(index.facts.cases) - own),
        "cases": len(index.facts.cases) - own,
        "left_out": own,
        "channels": index.embeddings.shape[2],
        "typical": index.facts.typical,
        "notice": _DEMO if demo else "",
    }


def _other(weights: str) -> str:
    return (
        f"Expected an index of patches of these weights ({weights[:8]}), found none; `python -m explainers index` "
        "makes one, and `--patch-index FILE` shows it."
    )


def _numbers(values: NDArray[np.floating]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in values]
