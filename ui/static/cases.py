"""The cases of a site: what the server would say of each, with all maps of a few passes, and its film as files."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from data_cache.errors import InputError
from explainers.pairs import Pair
from explainers.registry import EXPLAINERS
from models.capabilities import PATCH_EMBEDDINGS
from models.predictions import ModelInfo
from models.registry import find_model
from ui.case_view import CaseView
from ui.catalogue import Catalogue
from ui.engine import Engine, Models
from ui.explore import Explore
from ui.film import Film, packed
from ui.floors import FLOORS
from ui.messages import Message
from ui.panes import MOST_PANES
from ui.session import OpenCase, Session
from ui.static.files import Files
from ui.static.films import film_file
from ui.trust_content import plain

Json = dict[str, Any]


def cheap_names(models: Models) -> tuple[str, ...]:
    """Names of all maps that no price stands before: each method that a model can give, with its usual parameters."""
    return tuple(
        Pair(entry.key, key).name
        for key, model in models.items()
        for entry in EXPLAINERS.values()
        if entry.needs.of(model) and not entry.own_passes
    )


class Told:
    """Asks the page's own code what it would say, and keeps that.

    Args:
        catalogue: the cases on offer.
        engine: the models, which are loaded.
        files: where it goes.
    """

    def __init__(self, catalogue: Catalogue, engine: Engine, files: Files) -> None:
        self._catalogue, self._files = catalogue, files
        self._explore = Explore(catalogue, engine, files.array)
        self._names = cheap_names(engine.models())

    def case(self, session: Session, case_id: str) -> Json:
        """Say all of a case; the session holds it then.

        Returns:
            `message`, a CaseMessage with every map that the site has; `tiles`, for each level of the film that the
            message does not hold whole, addresses row by row; and `made`, what files that visitors save tell besides.

        Raises:
            InputError: its image cannot be read, or a map cannot be made.
        """
        message: Message = {}
        for first in range(0, len(self._names), MOST_PANES):
            asked = {"names": list(self._names[first : first + MOST_PANES]), "floors": list(FLOORS)}
            ask = self._explore.explain(session, asked) if message else self._explore.open(session, case_id, asked)
            further = _last(ask)
            message = {**further, "maps": {**message.get("maps", {}), **further["maps"]}}
        reading = session.current
        if reading is None:
            raise InputError(f"Expected to read {case_id}, and nothing came of it; try again.")
        message = {**message, "film": self._film(message["film"], case_id, reading.view.film)}
        return {
            "message": {**_settled(message, case_id), "image": seen_in_film(message, reading.view)},
            "tiles": self._tiles(reading.view.film),
            "made": self._made(reading),
        }

    def _film(self, told: Message, case_id: str, film: Film) -> Message:
        """What is told of a film, with its file where the page can read that: half as many bytes."""
        data = film_file(self._catalogue.get(case_id), film)
        if data is None:
            return told
        packed = {"file": self._files.lay_out(data, "film.jpg"), "dtype": "uint8", "shape": list(film.coarse.shape)}
        return {**told, "packed": packed}

    def _made(self, reading: OpenCase) -> Json:
        """Who speaks, with which logits, and the maps as they were made; where they are shown so, the same files."""
        maps = {
            name: {
                "method": one.method,
                "model": one.model,
                "parameters": dict(one.parameters),
                "maps": self._files.array(one.maps),
            }
            for name, one in reading.explanations.items()
        }
        logits = {key: [plain(float(value)) for value in values] for key, values in reading.logits.items()}
        return {"models": [_speaking(info) for info in reading.models], "logits": logits, "maps": maps}

    def _tiles(self, film: Film) -> list[list[str]]:
        return [[self._tile(film, level, place) for place in _places(film, level)] for level in range(film.overview)]

    def _tile(self, film: Film, level: int, place: tuple[int, int]) -> str:
        return str(self._files.array(packed(film.tiles(level, [place])))["file"]["url"])


def _speaking(info: ModelInfo) -> Json:
    names = ("key", "id", "origin", "weights_sha256", "backend", "precision")
    return {"label": find_model(info.key).label, **{name: getattr(info, name) for name in names}}


def _places(film: Film, level: int) -> Iterator[tuple[int, int]]:
    height, width = film.grid(level)
    return ((column, row) for row in range(height) for column in range(width))


def _last(messages: Iterator[Message]) -> Message:
    """The last thing that is said of a case.

    Raises:
        InputError: that is an error.
    """
    *_, last = messages
    if "case" not in last:
        raise InputError(last["error"])
    return last


def _settled(message: Message, case_id: str) -> Message:
    """A message as it stays: nothing of it depends on when it was made, or offers what needs Python."""
    models = [without_embeddings(model) for model in message["models"]]
    return {**message, "serial": case_id, "turn": 0, "progress": None, "prices": {}, "models": models}


def seen_in_film(message: Message, view: CaseView) -> Message:
    """Where the page finds what the models see: where the film has these very pixels, in it, and no file of its own."""
    crop, film, image = message["case"]["geometry"]["crop"], view.film.coarse, message["image"]
    top, left, side = crop["top"], crop["left"], crop["side"]
    if film.dtype != np.uint8 or not np.array_equal(film[top : top + side, left : left + side], view.grey):
        return image
    (height, width), packed_film = film.shape, message["film"]["packed"]["file"]["url"]
    return {**image, "file": {"url": f"{packed_film}#{height},{width},{top},{left}.part"}}


def without_embeddings(model: Json) -> Json:
    """A model that does not say which patches are near to one another: the index is searched in Python."""
    return {**model, "capabilities": [one for one in model["capabilities"] if one != PATCH_EMBEDDINGS.key]}


def rows(catalogue: Catalogue, ids: Sequence[str]) -> list[Json]:
    """What the list of cases shows of each, in its own order."""
    return [row for row in catalogue.rows() if row["id"] in set(ids)]


def picture(catalogue: Catalogue, case_id: str, files: Files) -> str | None:
    """Write a case's thumbnail; returns its address, None where the image cannot be read."""
    for url in catalogue.thumbnails([case_id]).values():
        return files.write(base64.b64decode(url.partition(",")[2]), ".jpg")
    return None
