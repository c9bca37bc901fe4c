"""Sort a folder: many radiographs, a batch a request, of which nothing is kept once their rows are made."""

import logging
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.images import preprocess
from data_cache.simulated import is_simulated
from evaluation.assessment import Film, assess, film_of
from ui.content import assessment_contents, calibrated_probabilities, probabilities
from ui.engine import Engine
from ui.memory import Budget
from ui.protocol.sending import message
from ui.protocol.sorting import BATCH, SortMessage
from ui.queueing import ModelQueue
from ui.rendering import thumbnail
from ui.signs_of_life import PATIENCE
from ui.trust_visit import Visit
from ui.uploads import Upload, share_for
from ui.visitors import current_client

Message = dict[str, Any]
_THUMBNAIL = 88  # pixels
_log = logging.getLogger(__name__)
Sent = tuple[int, str, Upload | bytes | str]  # the page's number, its name, and the file, or a sentence for none


class Sorting:
    """The view's requests. One object serves all visitors.

    Args:
        engine: the models.
        line: where what takes long waits for them.
        memory: for reading images.
    """

    def __init__(self, engine: Engine, line: ModelQueue, memory: Budget) -> None:
        self._engine, self._line, self._memory = engine, line, memory

    def sort(self, visit: Visit, batch: int, files: Sequence[Sent]) -> Iterator[Message]:
        """Judge some radiographs, one after the other: none is read before its turn, none stays.

        Args:
            visit: the visitor's; a newer request, or a stop, ends this one after the file under way.
            batch: a number of the page's, which all answers have.
            files: at most BATCH.
        """
        try:
            yield from self._told(visit, batch, files)
        except InputError as error:
            yield _message(batch, False, error=str(error))
        except Exception:
            _log.exception("A request to sort images failed")
            words = "Something went wrong inside the app, not with your input; its log says more."
            yield _message(batch, False, error=words)
        finally:
            for _, _, file in files:
                if not isinstance(file, bytes | str):
                    file.drop()

    def _told(self, visit: Visit, batch: int, files: Sequence[Sent]) -> Iterator[Message]:
        if not 0 < len(files) <= BATCH:
            raise InputError(f"Expected 1 to {BATCH} images in a request, found {len(files)}: reload the page.")
        _, over = visit.begin()
        rows: list[Message] = []
        for index, name, file in files:
            if over():
                return
            read = self._read(name, file)
            if isinstance(read, str):
                rows.append({"index": index, "error": read})
            else:
                with self._line.join(current_client().visitor) as ticket:
                    while not over() and not ticket.enter(PATIENCE):
                        yield _message(batch, True, waiting=ticket.content(), rows=rows)
                    if over():
                        return
                    rows.append({"index": index, **self._judged(*read)})
            yield _message(batch, len(rows) < len(files), rows=rows)

    def _read(self, name: str, file: Upload | bytes | str) -> tuple[dict[int, NDArray[np.float32]], Film, str] | str:
        """All that is kept of an image: the models' inputs by their size, its assessment's facts, a small picture."""
        if isinstance(file, str):
            return file
        sizes = {model.input_size for model in self._engine.models().values()}
        try:
            with share_for(file, name, self._memory) as share:
                share.wait()
                case = Case.from_upload(file if isinstance(file, bytes) else file.take(), name)
                radiograph = case.read()
                images = {size: preprocess(radiograph, size)[0] for size in sizes}
                return images, film_of(radiograph, is_simulated(case)), _picture(radiograph.pixels)
        except InputError as error:
            return str(error)

    def _judged(self, images: Mapping[int, NDArray[np.float32]], film: Film, picture: str) -> Message:
        models, profiles = self._engine.models(), self._engine.profiles()
        found = {key: assess(film, model.info.origin, profiles.reference(key)) for key, model in models.items()}
        opinions = {}
        for key, model in models.items():
            if found[key].assessable:
                logits, profile = model.logits(images[model.input_size][None])[0], profiles.of[key]
                calibrated = None if profile is None else calibrated_probabilities(profile, logits)
                opinions[key] = {"raw": probabilities(logits), "calibrated": calibrated}
        return {"assessments": assessment_contents(found), "opinions": opinions, "thumbnail": picture}


def _picture(pixels: NDArray[np.float32]) -> str:
    return "data:image/jpeg;base64," + b64encode(thumbnail(pixels, _THUMBNAIL)).decode("ascii")


def _message(batch: int, busy: bool, **parts: Any) -> Message:
    return message(SortMessage, serial=uuid4().hex, batch=batch, busy=busy, **parts)
