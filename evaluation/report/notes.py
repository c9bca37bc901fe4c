"""What stands beside every table: how maps were marked, what is resampled, what intervals and tests mean."""

from collections.abc import Mapping

from evaluation import missing
from evaluation.benchmark import Benchmark, Protocol, Settings
from evaluation.inference.procedures import definitions

_PROTOCOLS: Mapping[Protocol, Mapping[bool, str]] = {
    Protocol.CHEXLOCALIZE: {
        False: "Otsu's threshold of each map, holes filled",
        True: "thresholds of 0.2, 0.3 … 0.8, the best on validation cases",
    },
    Protocol.MEDICALPATCHNET: {
        True: "thresholds by the halving search on validation cases, for TP only and for TP + FP + FN apart",
    },
    Protocol.CUTOFFS: {
        True: "Otsu's threshold, and nothing where the probability is below a cut-off tuned on validation cases",
    },
    Protocol.FIXED: {False: "maps are marked above a fixed threshold"},
}
_LAID = {
    "paper": "maps stretched over the whole radiograph",
    "aligned": "maps laid where the model's input was",
}


FLOORS_ALONE = (
    "The masks to tune on are used by the floors alone, whose location prior is made of them; without maps of these "
    "cases (--tune-on) no method's threshold is tuned, and no floor's cut-off on a model's probability."
)


def of_floors_alone(benchmark: Benchmark) -> bool:
    """Whether masks to tune on were given, and no maps of their cases."""
    return benchmark.tuner is None and benchmark.floors is not None and benchmark.floors.tuning


def protocol_note(settings: Settings, tuned: bool) -> str:
    """How maps became regions, in a sentence.

    Args:
        settings: of the run.
        tuned: whether thresholds were tuned on validation cases.
    """
    how = _PROTOCOLS[settings.protocol][tuned]
    fixed = f" of {settings.threshold:g}" if settings.protocol == Protocol.FIXED else ""
    return (
        f"Protocol {settings.protocol}: {how}{fixed}; alignment {settings.alignment}: {_LAID[settings.alignment]}. "
        "Hit rate and IoU are shares, 0 to 1."
    )


def warnings(benchmark: Benchmark, settings: Settings) -> list[str]:
    """What must not be overlooked: thresholds tuned on scored cases, and maps that methods lack."""
    tuned = [benchmark.reuse.sentence] if benchmark.reuse and benchmark.reuse.sentence else []
    return tuned + missing.sentences(benchmark.lacks, settings.missing)


def notes(benchmark: Benchmark, settings: Settings) -> list[str]:
    """Sentences: the warnings, the protocol, then each kind of interval, the test and its correction."""
    words = definitions(settings.bootstrap, settings.seed, settings.unit)
    protocol = protocol_note(settings, benchmark.tuner is not None)
    alone = [FLOORS_ALONE] if of_floors_alone(benchmark) else []
    return [*warnings(benchmark, settings), protocol, *alone, *(f"{name}: {what}" for name, what in words.items())]
