"""The tab Trust: what happens when a visitor asks whether the open case's explanation and probability can be relied on.

Each request is a generator of messages for ui/trust.js; a message says all that is known, so that none may be missed.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.images import preprocess
from evaluation.trust import asking
from evaluation.trust.augmentation import augmentation_spread
from evaluation.trust.quality import quality
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from ui import trust_content as content
from ui.content import model_content, probabilities
from ui.engine import Engine, Models
from ui.profiles import NO_TRAINING, Profiles, load_profiles
from ui.rendering import thumbnail
from ui.session import Reading, Session
from ui.settings import Settings
from ui.trust_visit import Visit

if TYPE_CHECKING:
    from models.predictor import CnnPredictor, PatchPredictor

Message = dict[str, Any]
Ask = Callable[[Reading, Explanation, int, dict[Any, Any]], Any]
_THUMBNAIL = 88  # pixels
_MOST_FILES = 100
_log = logging.getLogger(__name__)


class Trust:
    """The tab's requests. One object serves all visitors.

    Args:
        engine: the models.
        settings: whose weights they are.
        shelve: lays a PNG out where the browser can fetch it.
    """

    def __init__(self, engine: Engine, settings: Settings, shelve: content.Shelve) -> None:
        self._engine = engine
        self._settings = settings
        self._known: tuple[Models, Profiles] | None = None
        self._shelve = shelve
        self._asks: dict[str, Ask] = {
            "perturbation": self._perturbation,
            "attended": self._attended,
            "stability": self._stability,
            "shortcut": self._shortcut,
            "exactness": self._exactness,
        }

    def assess(self, visit: Visit, session: Session) -> Iterator[Message]:
        """Say what is unusual about the open case's image, and how sure the models are."""
        return _guarded(visit, self._assessed(visit, session))

    def check(self, visit: Visit, session: Session, finding: str) -> Iterator[Message]:
        """Run the checks of all explanations of the open case for one finding."""
        return _guarded(visit, self._checked(visit, session, finding))

    def triage(self, visit: Visit, files: Sequence[tuple[str, bytes | str]]) -> Iterator[Message]:
        """Judge many radiographs.

        Args:
            visit: the visitor's.
            files: name and content of each; instead of a content a sentence where there is none.
        """
        return _guarded(visit, self._triaged(visit, files))

    def _assessed(self, visit: Visit, session: Session) -> Iterator[Message]:
        reading = _open_case(session)
        models, profiles = self._models()
        opinions = []
        for model in models:
            logits = next(
                e.logits for key, e in reading.explanations.items() if EXPLAINERS[key].model == model.info.kind
            )
            opinion = self._opinion(model, logits)
            if reading.passes is not None:
                image = reading.passes.input(model.info.kind).image
                opinion["deviation"] = augmentation_spread(model, image).deviation.tolist()
            opinions.append(opinion)
        judged, known = profiles.judge(reading.view.grey), profiles.quality
        assessed = {
            "title": reading.view.facts["title"],
            "quality": content.quality_content(judged, *known) if judged and known else None,
            "quality_note": "" if known else NO_TRAINING,
            "opinions": opinions,
        }
        yield _message(visit.turn, busy=False, assessed=assessed)

    def _models(self) -> tuple[Models, Profiles]:
        """The active models and what is known about them; read again when others become active."""
        models = self._engine.models()
        if self._known is None or self._known[0] is not models:
            self._known = models, load_profiles(self._settings, models)
        return self._known

    def _opinion(self, model: "PatchPredictor | CnnPredictor", logits: np.ndarray) -> dict[str, Any]:
        profiles = self._models()[1]
        profile = profiles.of[model.info.kind]
        says = model_content(model.info)
        return {
            **{name: says[name] for name in ("kind", "label", "origin")},
            "raw": probabilities(logits),
            "calibrated": None if profile is None else profile.probabilities(logits).tolist(),
            "deviation": None,
            "note": profiles.notes[model.info.kind],
            "reasons": [entry.temperature_reason for entry in profile.findings] if profile else None,
        }

    def _checked(self, visit: Visit, session: Session, finding: str) -> Iterator[Message]:
        reading = _open_case(session)
        if finding not in FINDINGS:
            raise InputError("The page asked for a finding that does not exist: reload the page.")
        turn, over = visit.begin()
        shared, index = visit.kept(reading, finding), FINDINGS.index(finding)
        plan = [(check, key) for check in self._asks for key in reading.explanations if self._fits(check, key)]
        results: dict[str, dict[str, Any]] = {}
        for done, (check, key) in enumerate(plan):
            doing = f"{check} of {EXPLAINERS[key].label}"
            yield _checked_message(turn, True, finding, done, len(plan), doing, results)
            if over():
                return
            explanation = reading.explanations[key]
            results.setdefault(check, {})[key] = self._asks[check](reading, explanation, index, shared)
        yield _checked_message(turn, False, finding, len(plan), len(plan), "", results)

    def _fits(self, check: str, method: str) -> bool:
        from evaluation.trust.registry import CHECKS

        entry = CHECKS.get(check)
        return entry is None or entry.fits(method, EXPLAINERS[method].model)

    def _perturbation(self, reading: Reading, explanation: Explanation, index: int, shared: dict[Any, Any]) -> Any:
        return content.perturbation_content(
            asking.ask_perturbation(_passes(reading), explanation, index, shared=shared)
        )

    def _attended(self, reading: Reading, explanation: Explanation, index: int, shared: dict[Any, Any]) -> Any:
        return content.attended_content(asking.ask_attended(_passes(reading), explanation, index))

    def _stability(self, reading: Reading, explanation: Explanation, index: int, shared: dict[Any, Any]) -> Any:
        found = asking.ask_stability(_passes(reading), explanation, index, shared=shared)
        limit = float(np.abs(explanation.maps[index]).max()) or 1.0
        return content.stability_content(found, explanation, limit, self._shelve)

    def _shortcut(self, reading: Reading, explanation: Explanation, index: int, shared: dict[Any, Any]) -> Any:
        found = asking.ask_shortcut(_passes(reading), explanation, index, shared=shared)
        return content.shortcut_content(found, self._shelve)

    def _exactness(self, reading: Reading, explanation: Explanation, index: int, shared: dict[Any, Any]) -> Any:
        return content.exactness_content(asking.ask_exactness(_passes(reading), explanation, index))

    def _triaged(self, visit: Visit, files: Sequence[tuple[str, bytes | str]]) -> Iterator[Message]:
        if not 0 < len(files) <= _MOST_FILES:
            raise InputError(f"Expected 1 to {_MOST_FILES} images, found {len(files)}: choose fewer.")
        turn, over = visit.begin()
        rows: list[dict[str, Any]] = []
        for index, (name, data) in enumerate(files):
            if over():
                return
            rows.append({"index": index, "name": name, **self._judged(name, data)})
            yield _message(
                turn, busy=len(rows) < len(files), triage={"done": len(rows), "total": len(files), "rows": rows}
            )

    def _judged(self, name: str, data: bytes | str) -> dict[str, Any]:
        """One row; what is wrong with a file is said in it, and the others go on."""
        if isinstance(data, str):
            return {"error": data}
        try:
            radiograph = Case.from_upload(data, name).read()
        except InputError as error:
            return {"error": str(error)}
        opinions = {}
        models, profiles = self._models()
        for model in models:
            image, _ = preprocess(radiograph, model.input_size)
            opinions[model.info.kind] = self._opinion(model, model.logits(image[None])[0])
        known = profiles.quality
        flags = list(quality(radiograph, known[0]).flags) if known else []
        return {"opinions": opinions, "flags": flags, "thumbnail": _picture(radiograph.pixels)}


def _open_case(session: Session) -> Reading:
    reading = session.current
    if reading is None or len(reading.explanations) < len(EXPLAINERS):
        raise InputError("Expected an open case that both models have read, found none: open one in Explore.")
    return reading


def _passes(reading: Reading) -> Any:
    if reading.passes is None:
        raise InputError("Expected an open case that both models have read, found none: open one in Explore.")
    return reading.passes


def _picture(pixels: np.ndarray) -> str:
    from base64 import b64encode

    return "data:image/jpeg;base64," + b64encode(thumbnail(pixels, _THUMBNAIL)).decode("ascii")


def _message(turn: int, busy: bool, **parts: Any) -> Message:
    return {"serial": uuid4().hex, "turn": turn, "busy": busy, **parts}


def _checked_message(
    turn: int, busy: bool, finding: str, done: int, total: int, doing: str, results: Mapping[str, Any]
) -> Message:
    known = {check: dict(found) for check, found in results.items()}
    checked = {"finding": finding, "done": done, "total": total, "doing": doing, "results": known}
    return _message(turn, busy, checked=checked)


def _guarded(visit: Visit, messages: Iterator[Message]) -> Iterator[Message]:
    """Pass messages on; an error becomes a message, so that nothing else on the page is lost."""
    try:
        yield from messages
    except InputError as error:
        yield _message(visit.turn, busy=False, error=str(error))
    except Exception:
        _log.exception("A request of the tab Trust failed")
        yield _message(
            visit.turn, False, error="Something went wrong inside the app, not with your input; its log says more."
        )
