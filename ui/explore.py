"""The tab Explore: what happens when a visitor opens a case, brings a radiograph or asks for other or finer maps.

Each request is a generator of messages for the viewer (see `messages`).
"""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.images import reading_bytes
from data_cache.orientation import Orientation
from explainers.base import Parameters
from explainers.entry import Kind
from explainers.explanation import Explanation
from explainers.pairs import parse_pair
from explainers.run import explain
from ui.annotations import annotation_content, read_for
from ui.catalogue import Catalogue
from ui.content import Store, speaker_content
from ui.engine import Engine, Models
from ui.exports.making import make_export
from ui.film import Films, packed
from ui.floors import PRIOR, Priors
from ui.gaze.datasets import Gazes
from ui.gaze.files import load_gaze
from ui.glances import glance
from ui.listed import Listed, Place
from ui.making import made
from ui.memory import Budget, Share, give_back
from ui.messages import Message, Messenger, error_message, reply
from ui.missing import able, as_fine, finer, is_dear, missing_maps
from ui.naming import companion_name, upload_name
from ui.nearest import Asked, Nearby
from ui.one_map import Comparing
from ui.panes import Wanted
from ui.prices import refuse_beyond, set_aside
from ui.progress import STEPS
from ui.protocol.requests import FilmRequest
from ui.queueing import ModelQueue, Ticket
from ui.session import OpenCase, Session, laid_key
from ui.settings import Settings
from ui.signs_of_life import PATIENCE, with_signs_of_life
from ui.uploads import Upload, share_for
from ui.visitors import current_client

_LONGEST = 60.0  # seconds that one visitor's computation may keep others waiting who want the same
_SOMEBODY = {
    "before": 1,
    "seconds": None,
    "words": "Waiting: the maps of this case are already being made for somebody else.",
}
_PUT_AWAY = "The server has closed this case, because the page was left or the weights changed: open it again."
UPLOAD = "upload "  # keys of uploads begin with it; no case of the list is called so
_AS_IN_FILE = "Expected the image as it is in its file {}, found it rotated, flipped or inverted: undo that first."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Request:
    """One request of a visitor.

    Attributes:
        reading: the case that it is about.
        turn: its number.
        over: says whether a newer one has overtaken it.
        names: the panes on show.
        floors: the floors on show.
        missing: parameters of the maps that are to be made, by name.
    """

    reading: OpenCase
    turn: int
    over: Callable[[], bool]
    names: tuple[str, ...]
    floors: tuple[str, ...]
    missing: Mapping[str, Parameters]

    @property
    def takes_long(self) -> bool:
        """Whether a first look should not wait for it."""
        return any(is_dear(name, parameters, self.reading) for name, parameters in self.missing.items())


class Explore:
    """The tab's requests. One object serves all visitors; what belongs to one of them is in the `Session`.

    Args:
        catalogue: the cases on offer.
        engine: the models.
        store: writes an array where the browser can fetch it.
        lay_out: writes a file of a name where the browser can fetch it, and returns its address.
        line: where requests wait for the models.
        refining: where refinements wait, which take long; a first look never waits for one.
        memory: for reading images.
        patch_index: the host's index of patches, besides the one that comes with the program.
        passes: through a network that one map may take.
        dicom_results: whether the header of a DICOM upload is kept.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        engine: Engine,
        store: Store,
        lay_out: Callable[[bytes, str], Message] | None = None,
        line: ModelQueue | None = None,
        refining: ModelQueue | None = None,
        memory: Budget | None = None,
        patch_index: Path | None = None,
        passes: int = Settings.passes,
        dicom_results: bool = Settings.dicom_results,
    ) -> None:
        self.catalogue = catalogue
        self._engine = engine
        self._store = store
        self._lay_out = lay_out or (lambda data, _: store(np.frombuffer(data, np.uint8)))
        self._line = line or ModelQueue(2)
        self._refining = refining or ModelQueue(2)
        self._memory = memory or Budget(Settings.memory << 20)
        self._passes = passes
        self._keeps_sources = dicom_results
        self._pace: dict[
            tuple[str, Kind], float
        ] = {}  # seconds of a pass, by model and kind of method, as of the last case
        self._listed = Listed()
        self._priors = Priors(catalogue)
        self._films = Films(self._memory.most // 4)
        self._comparing = Comparing(engine, self._refining, passes)
        self._nearby = Nearby(patch_index, catalogue)
        self._gazes = Gazes(catalogue.gaze)
        self._uploads = count(1)

    def open(self, session: Session, case_id: str, asked: Any = None) -> Iterator[Message]:
        """Show a case of the catalogue and explain it.

        Args:
            session: the visitor's.
            case_id: which case.
            asked: the panes on show as the browser sends them, see `Wanted`; None for those on show at first.
        """

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            wanted = Wanted.of(asked or {})
            if wanted.orientation:
                yield from self._laid(session, case_id, wanted)
                return
            names, case, turn = wanted.among(self._engine.keys), self.catalogue.get(case_id), session.turn
            with self._listed.place(case_id, self._loaded()) as place:
                while (reading := session.find(case_id) or place.reading()) is None and not place.enter(PATIENCE):
                    if session.turn != turn:
                        return
                reading = reading or place.reading()  # somebody may have read it just before this one's turn
                with self._memory.share(_reading_bytes(case) if reading is None else 0, case_id) as share:
                    if reading is None:
                        reading = yield from self._read(session, share, lambda: OpenCase.of(case, case_id))
                    if reading is not None:
                        yield from self._shown(session, reading, names, wanted, share, place)

        return _guarded(session, told())

    def _laid(self, session: Session, case_id: str, wanted: Wanted) -> Iterator[Message]:
        """Show a case of the catalogue laid otherwise than in its file; nobody else is waited for or taught."""
        names, case = wanted.among(self._engine.keys), self.catalogue.get(case_id)
        reading = session.find(laid_key(case_id, wanted.orientation))
        with self._memory.share(_reading_bytes(case) if reading is None else 0, case_id) as share:
            if reading is None:
                reading = yield from self._read(session, share, lambda: OpenCase.of(case, case_id, wanted.orientation))
            if reading is not None:
                yield from self._shown(session, reading, names, wanted, share)

    def read(self, session: Session, upload: Upload | bytes, name: str, asked: Any = None) -> Iterator[Message]:
        """Show an uploaded radiograph and explain it; it stays in memory, and in this session alone."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            wanted, key, called = Wanted.of(asked or {}), f"{UPLOAD}{next(self._uploads)}", upload_name(name)
            names = wanted.among(self._engine.keys)
            with _kept(upload), share_for(upload, called, self._memory) as share:
                data = (lambda: upload) if isinstance(upload, bytes) else upload.take
                laid = wanted.orientation
                read = self._read(session, share, lambda: self._opened(data(), called, key, laid))
                reading = yield from read  # what cannot be read ends here, and what is under way goes on
                if reading is not None:
                    yield from self._shown(session, reading, names, wanted, share)

        return _guarded(session, told())

    def open_again(self, session: Session, key: str, asked: Any = None) -> Iterator[Message]:
        """Show an upload of this visit that is still in memory; one that was let go must be sent again."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            reading, wanted = session.find(key), Wanted.of(asked or {})
            if reading is None:
                yield reply(session.turn, gone=key)
                return
            with self._memory.share(0, key) as share:
                yield from self._shown(session, reading, wanted.among(self._engine.keys), wanted, share)

        return _guarded(session, told())

    def glance(self, session: Session, upload: Upload) -> Iterator[Message]:
        """Say what the list of the visit shows of an upload; nothing of it is kept."""

        def told() -> Iterator[Message]:
            """What the browser is told."""
            yield reply(session.turn, glance=glance(upload, self._engine, self._memory))

        return _guarded(session, told())

    def discard(self, session: Session, key: str) -> None:
        """Let go of an upload, and of what is being computed for it."""
        reading = session.find(key)
        if reading is None:
            return
        if reading is session.current:
            session.begin()
        session.drop(reading)
        del reading
        give_back()

    def _opened(self, data: bytes, name: str, key: str, laid: Orientation) -> OpenCase:
        reading = OpenCase.of(Case.from_upload(data, name), key, laid)
        if self._keeps_sources:
            from ui.exports.dicom_source import source_of  # pydicom takes its time to import

            reading.source = source_of(data, name)
        return reading

    def explain(self, session: Session, asked: Any) -> Iterator[Message]:
        """Make the maps of the panes on show that are missing, or whose parameters have changed."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            wanted = Wanted.of(asked)
            names = wanted.among(self._engine.keys)
            reading = session.current
            if reading is None:
                raise InputError(_PUT_AWAY)
            missing = self._chosen(reading, names, wanted, wanted.parameters)
            yield from self._explained(reading, _Request(reading, *session.begin(), names, wanted.floors, missing))

        return _guarded(session, told(), _only_pane(asked))

    def refine(self, session: Session, steps: int, asked: Any = None) -> Iterator[Message]:
        """Make the maps on show that can be made finer so fine, or coarse again."""
        if session.current is None:
            return iter((error_message(session.turn, _PUT_AWAY),))
        if steps not in STEPS:
            return iter(())

        def told(reading: OpenCase) -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            wanted = Wanted.of(asked or {})
            names = wanted.among(self._engine.keys)
            names = able(names, self._engine.models())
            missing = self._chosen(reading, names, wanted, finer(reading, names, steps))
            yield from self._explained(reading, _Request(reading, *session.begin(), names, wanted.floors, missing))

        return _guarded(session, told(session.current))

    def _chosen(
        self, reading: OpenCase, names: tuple[str, ...], wanted: Wanted, given: Mapping[str, Parameters]
    ) -> dict[str, Parameters]:
        """Parameters of the maps to be made now, of those on show that are missing.

        Raises:
            InputError: one cannot be made of this model, or takes more passes than this host makes.
        """
        missing = missing_maps(reading, names, given)
        explain(reading.prepare(self._engine.models()), tuple(missing), missing)
        chosen = set_aside(reading, names, missing, wanted.start)
        for name, parameters in chosen.items():
            refuse_beyond(name, parameters, reading.model(parse_pair(name).model), self._passes)
        return chosen

    def annotate(self, session: Session, data: bytes, name: str, finding: str | None) -> Iterator[Message]:
        """Read an annotation file for the current case; nothing on the server changes."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            reading, called = _open_reading(session), companion_name(name)
            if called.endswith(".csv"):
                if reading.orientation:
                    raise InputError(_AS_IN_FILE.format("to lay gaze over it"))
                reading.gaze, loaded, note = load_gaze(reading.gaze, data, called, reading.view)
                content = [one.content(self._store) for one in reading.gaze]
                yield reply(session.turn, gaze=content, loaded=loaded, note=note)
                return
            file = read_for(reading, data, called, finding)
            regions = [annotation_content(one, reading.view.geometry, self._store) for one in file.annotations]
            yield reply(session.turn, annotations=regions, note=file.note)

        return _guarded(session, told())

    def compare(self, session: Session, asked: Any) -> Iterator[Message]:
        """Ask in several ways which patches a finding's logit comes from; goes on while other maps are made."""
        return _guarded(session, self._comparing.told(session, asked))

    def film(self, session: Session, asked: Any) -> Iterator[Message]:
        """Send tiles of a film, which may have to be read again; nothing else changes."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            wanted = FilmRequest.model_validate(asked)
            reading = session.find(wanted.case)
            if reading is None:
                raise InputError(_PUT_AWAY)
            yield reply(session.turn, film=self._tiles(reading, wanted))

        return _guarded(session, told())

    def _tiles(self, reading: OpenCase, wanted: FilmRequest) -> Message:
        film, packing = reading.view.film, None
        try:
            case_id = reading.view.case_id  # without how it is laid
            case = self.catalogue.get(case_id) if film.needs_reading and case_id in self.catalogue else None
            with self._memory.share(_reading_bytes(case) if case else 0, wanted.case) as share:
                share.wait()
                packing = packed(film.tiles(wanted.level, wanted.tiles))
            problem = ""
        except InputError as error:
            problem = str(error)
        self._films.keep(film)
        stored = None if packing is None else self._store(packing)
        return {"case": wanted.case, "level": wanted.level, "tiles": wanted.tiles, "packed": stored, "problem": problem}

    def nearest(self, session: Session, asked: Any) -> Iterator[Message]:
        """Find what else looks like a patch of the current case to a model; nothing on the server changes."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            yield reply(session.turn, nearest=self._nearby.content(_open_reading(session), Asked.of(asked)))

        return _guarded(session, told())

    def export(self, session: Session, what: str, state: Any) -> Iterator[Message]:
        """Make a file of the current case as the viewer shows it."""

        def told() -> Iterator[Message]:
            """What the browser is told, one message after the other."""
            data, name, note = make_export(_open_reading(session), what, state)
            yield reply(session.turn, download={"file": self._lay_out(data, name), "name": name}, note=note)

        return _guarded(session, told())

    def stop(self, session: Session) -> None:
        """Give up what is being computed; what has come so far stays."""
        session.begin()

    def _loaded(self) -> Models | None:
        """The models, if they are there."""
        loading = self._engine.start()
        return None if not loading.done() or loading.exception() else loading.result()

    def _read(
        self, session: Session, share: Share, read: Callable[[], OpenCase]
    ) -> Generator[Message, None, OpenCase | None]:
        """Read an image once there is memory for it, and say so while there is none; None if that was given up."""
        turn, said = session.turn, None
        while not share.enter(PATIENCE):
            if session.turn != turn:
                yield reply(session.turn, waiting=None)
                return None
            if said != (said := share.content()):
                yield reply(turn, waiting=said)
        return read()

    def _shown(
        self,
        session: Session,
        reading: OpenCase,
        names: tuple[str, ...],
        wanted: Wanted,
        share: Share,
        place: Place | None = None,
    ) -> Iterator[Message]:
        """Show a case that was read, and what is known of it already; explain what is missing."""
        session.show(reading)
        self._films.keep(reading.view.film)
        missing = missing_maps(reading, names, as_fine(reading, wanted.parameters))
        request = _Request(reading, *session.begin(), names, wanted.floors, set_aside(reading, names, missing))
        if reading.radiograph is not None:
            yield self._messenger(reading, request).make(busy=True)  # at once, before any model has spoken
            try:
                reading.prepare(self._engine.models())
            except InputError:
                session.drop(reading)  # the image at its full size is not kept for models that do not come
                raise
        request = replace(request, missing=set_aside(reading, names, missing))  # once models say what they cost
        share.leave()
        if place is not None:
            yield from self._taught(reading, request, place)
            request = replace(request, missing=set_aside(reading, names, missing_maps(reading, names, missing)))
        try:
            yield from self._explained(reading, request)
        finally:
            if place is not None:
                place.learn(reading, self._engine.models())

    def _taught(self, reading: OpenCase, request: _Request, place: Place) -> Iterator[Message]:
        """Wait for those who work at the same listed case, and take over what they have learnt."""
        place.learn(reading, self._engine.models())
        place.teach(reading)
        missing = set_aside(reading, request.names, missing_maps(reading, request.names, request.missing))
        if not missing and set(reading.logits) >= set(self._engine.keys):
            return
        end = monotonic() + _LONGEST
        messenger = self._messenger(reading, request)
        while not request.over() and monotonic() < end and not place.enter(PATIENCE):
            if messenger.waiting is None:
                messenger.waiting = _SOMEBODY
                yield messenger.make(busy=True)
        place.teach(reading)

    def _messenger(self, reading: OpenCase, request: _Request) -> Messenger:
        self._take_prior(reading, request, wait_for=0)
        if not reading.gaze and not reading.orientation:  # gaze is where it was on the image as it lay
            reading.gaze = [*self._gazes.of(reading.view)]
        names, missing, floors = request.names, request.missing, request.floors
        messenger = Messenger(reading, request.turn, self._store, names, missing, floors, self._passes)
        messenger.long = request.takes_long
        reading.pace = {**self._pace, **reading.pace}
        return messenger

    def _take_prior(self, reading: OpenCase, request: _Request, wait_for: float) -> bool:
        """Take the location prior where it is on show; whether there is nothing left to wait for."""
        if PRIOR not in request.floors or PRIOR in reading.floors:
            return True
        coming = self._priors.soon(reading.view.source, reading.view.patient)
        if wait([coming], timeout=wait_for).done:
            reading.floors[PRIOR] = coming.result()
        return PRIOR in reading.floors

    def _explained(self, reading: OpenCase, request: _Request) -> Iterator[Message]:
        messenger = self._messenger(reading, request)
        models = self._engine.models()
        messenger.models = [speaker_content(model) for model in models.values()]
        reading.assess(models, self._engine.profiles())
        if request.missing or set(models) - set(reading.logits):
            line = self._refining if request.takes_long else self._line
            with line.join(current_client().visitor) as ticket:
                yield from _waiting(messenger, ticket, request)
                if not request.over():
                    with reading.lock:
                        yield from _computed(messenger, reading, models, request)
                    self._pace.update(reading.pace)
        while not request.over() and not self._take_prior(reading, request, PATIENCE):
            pass  # all that models say is shown by now
        messenger.take_floors()
        yield messenger.make(busy=False)


def _reading_bytes(case: Case) -> int:
    """What reading a listed case takes; nothing where its image is not there, which reading it says."""
    try:
        return reading_bytes(case.image_path) if case.image_path else 0
    except OSError:
        return 0


def _kept(upload: Upload | bytes) -> AbstractContextManager[object]:
    """However the block ends, nothing of an upload stays on the disk."""
    return nullcontext() if isinstance(upload, bytes) else upload


def _only_pane(asked: Any) -> str:
    """The pane whose parameters a request changes, where it changes those of one."""
    changed = asked.get("parameters") if isinstance(asked, dict) else None
    return str(next(iter(changed))) if isinstance(changed, dict) and len(changed) == 1 else ""


def _open_reading(session: Session) -> OpenCase:
    if session.current is None:
        raise InputError("Expected an open case, found none; open one first.")
    return session.current


def _waiting(messenger: Messenger, ticket: Ticket, request: _Request) -> Iterator[Message]:
    """Wait for a place at the models, and say so whenever the line has moved."""
    while not request.over() and not ticket.enter(PATIENCE):
        said, messenger.waiting = messenger.waiting, ticket.content()
        if said != messenger.waiting:
            yield messenger.make(busy=True)
    messenger.waiting = None


def _computed(messenger: Messenger, reading: OpenCase, models: Models, request: _Request) -> Iterator[Message]:
    """Explain, and make a message whenever there is more to say."""
    counted = reading.counted.total()
    for news in with_signs_of_life(made(reading, reading.prepare(models), request.missing, request.over)):
        if isinstance(news, Explanation):
            messenger.add(news)
        elif news is None and reading.counted.total() == counted:
            continue
        counted = reading.counted.total()
        yield messenger.make(busy=True)


def _guarded(session: Session, messages: Iterator[Message], at: str = "") -> Iterator[Message]:
    """Pass messages on; an error becomes a message, so that nothing else on the page is lost."""
    try:
        yield from messages
    except InputError as error:
        yield error_message(session.turn, str(error), at)
    except Exception:
        _log.exception("A request of the tab Explore failed")
        yield error_message(
            session.turn, "Something went wrong inside the app, not with your input; its log says more."
        )
