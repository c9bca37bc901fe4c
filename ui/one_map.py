"""The panel "Many methods, one map": several ways to ask which patches a finding's logit comes from, when asked for.

It takes hundreds of passes a model, so it is started by hand, behind what it costs, waits in the line of refinements,
and can be stopped. Opening another case ends it; other maps may be made meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.model_run import ModelRun
from explainers.types import Cancelled
from models.capabilities import PATCH_LOGITS
from models.registry import find_model
from ui.engine import Engine
from ui.messages import Message, reply
from ui.progress import duration
from ui.queueing import ModelQueue
from ui.session import OpenCase, Session
from ui.signs_of_life import PATIENCE, with_signs_of_life
from ui.visitors import current_client

_MOST_MODELS = 12


class _Asked(BaseModel):
    """What the browser sends; other fields are passed over."""

    model_config = ConfigDict(extra="ignore")

    what: Literal["price", "start", "stop"]
    finding: Annotated[str, Field(max_length=200)]
    models: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=_MOST_MODELS)]


class Comparing:
    """Comparisons of ways; one object serves all visitors.

    Args:
        engine: the models.
        line: where comparisons wait.
        most: passes through a network that this host makes for one map, and for one model here.
    """

    def __init__(self, engine: Engine, line: ModelQueue, most: int) -> None:
        self._engine, self._line, self._most = engine, line, most
        self._pace: dict[str, float] = {}  # seconds that a pass of a model took in the last comparison of anybody's

    def told(self, session: Session, asked: Any) -> Iterator[Message]:
        """What the browser is told, one message after the other.

        Raises:
            InputError: no case is open, or what was sent is something else.
        """
        wanted = _checked(asked)
        reading = session.current
        if reading is None:
            raise InputError("Expected an open case, found none; open one first.")
        session.comparison += 1
        if wanted.what == "stop":
            return
        runs = reading.prepare(self._engine.models())
        one = _One(session, reading, wanted.finding, runs, session.comparison, self._most)
        if wanted.what == "price":
            yield one.message("offered", offers=self._offers(one))
            return
        try:
            one.choose(wanted.models)
            yield from self._asked(one)
        except InputError as error:
            yield one.message("failed", str(error))

    def _asked(self, one: "_One") -> Iterator[Message]:
        with self._line.join(current_client().visitor) as ticket:
            said: dict[str, Any] | None = None
            while not one.over() and not ticket.enter(PATIENCE):
                if said != (said := ticket.content()):
                    yield one.message("waiting", said["words"])
            yield from one.run()
            self._pace.update(one.pace)

    def _offers(self, one: "_One") -> list[dict[str, Any]]:
        """Each model with its price; chosen are the first of patches, and the first of others, that can be asked."""
        from evaluation.one_map.comparing import price

        kinds: set[bool] = set()
        offers = []
        for key, run in one.runs.items():
            refused, of_patches = one.refusal(run), PATCH_LOGITS.of(run.model)
            chosen = not refused and of_patches not in kinds
            kinds |= {of_patches} if chosen else set()
            passes = 0 if refused else price(run)
            seconds = passes * (self._pace.get(key) or one.reading.seconds_of_pass(key, "perturbation"))
            label = find_model(key).label
            offer = {"key": key, "label": label, "chosen": chosen, "passes": passes, "seconds": seconds}
            offers.append({**offer, "refused": refused})
        return offers


@dataclass
class _One:
    """One comparison: a case, a finding, and models.

    Attributes:
        number: which of the session's comparisons it is; a newer one ends it.
        most: passes that one model may take.
        runs: of the models, by key; own ones, since those of the case may be at work.
        found: what has come out, by the model's key; `made` passes of each, of at most `total` together.
        pace: seconds that a pass of each model took.
    """

    session: Session
    reading: OpenCase
    finding: str
    runs: Mapping[str, ModelRun]
    number: int
    most: int
    found: dict[str, Any] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    total: int = 0
    pace: dict[str, float] = field(default_factory=dict)

    def over(self) -> bool:
        """Whether nobody wants it any more."""
        return self.session.comparison != self.number or self.session.current is not self.reading

    def refusal(self, run: ModelRun) -> str:
        """Why a model cannot be asked, in a sentence; empty where it can."""
        from evaluation.one_map.comparing import price

        label = find_model(run.key).label
        if not run.info.architecture.predicted[FINDINGS.index(self.finding)]:
            return f"{label} does not predict {self.finding}."
        try:
            passes = price(run)
        except InputError as error:
            return str(error)
        if passes <= self.most:
            return ""
        return (
            f"Expected at most {self.most:,} passes a model on this host (EXPLORER_PASSES), found {passes:,} for "
            f"{label}; use `python -m evaluation trust --checks one_map` on a machine of your own."
        )

    def choose(self, models: Sequence[str]) -> None:
        """Take the models, and find out what they cost.

        Raises:
            InputError: there is none, or one cannot be asked.
        """
        from evaluation.one_map.comparing import price

        for key in models:
            if key not in self.runs:
                raise InputError(f"Expected one of this page's models ({', '.join(self.runs)}), found {key}.")
            if refused := self.refusal(self.runs[key]):
                raise InputError(refused)
        if not models:
            raise InputError("Expected at least one model to ask, found none; choose one.")
        self.runs = {key: self.runs[key].again() for key in models}
        self.total = sum(price(run) for run in self.runs.values())

    def run(self) -> Iterator[Message]:
        """Ask, and tell how far it has come and what has come out."""
        started = perf_counter()
        yield self.message("running", self._progress(started), models=[])
        for news in with_signs_of_life(self._work()):
            new = None if news is None else list(self.found.values())
            yield self.message("running", self._progress(started), models=new)
        yield self.message("stopped" if self.over() else "done", "", models=list(self.found.values()))

    def _work(self) -> Iterator[str]:
        """Yields the key of a model when there is more to say of it."""
        from evaluation.one_map.comparing import ways

        for key, run in self.runs.items():
            started = perf_counter()
            count: Callable[[], None] = lambda key=key: self.made.update([key])  # type: ignore[misc]  # noqa: E731
            try:
                for comparison in ways(run, self.finding, cancelled=self.over, on_pass=count):
                    self.found[key] = _content(comparison, whole=False)
                    yield key
            except Cancelled:
                return
            self.found[key] = _content(comparison, whole=True)
            self.pace[key] = (perf_counter() - started) / self.made[key]
            yield key

    def _progress(self, started: float) -> str:
        done = self.made.total()
        words = f"{done:,} of at most {self.total:,} passes"
        left = (perf_counter() - started) / done * (self.total - done) if done else 0.0
        return f"{words}, {duration(left)} left" if left else words

    def message(self, state: str, words: str = "", **more: Any) -> Message:
        """Return what the browser is told of it."""
        share = self.made.total() / self.total if self.total else 0.0
        content = {"case": self.reading.key, "finding": self.finding, "state": state, "words": words}
        return reply(self.session.turn, compared={"offers": [], "models": None, "share": share, **content, **more})


def _checked(asked: Any) -> _Asked:
    try:
        wanted = _Asked.model_validate(asked)
    except ValidationError:
        raise InputError("Expected a finding and models to compare, found something else; reload the page.") from None
    if wanted.finding not in FINDINGS:
        raise InputError(f"Expected one of the {len(FINDINGS)} findings, found {wanted.finding[:60]!r}; choose one.")
    return wanted


def _content(comparison: Any, whole: bool) -> dict[str, Any]:
    """What the browser is told of one model.

    Args:
        comparison: an `evaluation.one_map.comparing.Comparison`.
        whole: whether all ways have been asked.
    """
    from evaluation.one_map.comparing import LABELS
    from evaluation.one_map.words import conclusion, is_one_map

    return {
        "key": comparison.model,
        "short": find_model(comparison.model).short,
        "one": whole and is_one_map(comparison),
        "words": conclusion(comparison) if whole else "",
        "gained": comparison.whole - comparison.empty,
        "limit": comparison.strongest,
        "ways": [
            {
                "key": way.key,
                "label": LABELS[way.key],
                "shares": way.shares.tolist(),
                "error": _or_null(way.error),
                "unaccounted": comparison.incompleteness(way),
                "passes": way.passes,
            }
            for way in comparison.ways
        ],
        "pairs": [
            {"first": one.first, "second": one.second, "rank": _or_null(one.rank), "difference": one.difference}
            for one in (comparison.agreements if whole else ())
        ],
    }


def _or_null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
