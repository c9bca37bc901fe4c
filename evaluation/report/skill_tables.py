"""Skill as a file, as a table, and in plain words: how many methods show more than not looking does."""

from collections.abc import Iterable, Iterator, Sequence

from evaluation.floors import is_floor
from evaluation.readers.measuring import CEILING
from evaluation.report.tables import DASH, TITLES
from evaluation.results import MEAN
from evaluation.skill import Skill
from evaluation.truth.human import HUMAN

_LOOKS = "probability ("  # in the names of floors that know what a model says of the radiograph
HEADER: tuple[str, ...] = ("method", "finding", "metric", "score", "best_floor", "best_floor_value")
HEADER += ("ceiling", "ceiling_value", "skill", "skill_low", "skill_high")


def skill_lines(skills: Iterable[Skill]) -> Iterator[tuple[str | float, ...]]:
    """The lines of skill.csv."""
    for one in skills:
        ends = (one.interval.low, one.interval.high)
        floor, ceiling = (one.floor, one.best_floor), (one.ceiling, one.perfect)
        yield (one.method, one.finding, one.metric, one.score, *floor, *ceiling, one.value, *ends)


def skill_section(skills: Sequence[Skill], columns: Sequence[str]) -> list[str]:
    """Markdown: a table a metric, findings down, the best floor, the ceiling and the skill of each method across.

    Args:
        skills: all.
        columns: methods to show.
    """
    if not skills:
        return []
    lines = [
        "## Skill: (score − best floor) / (ceiling − best floor)",
        "",
        *(f"- {sentence}" for sentence in words(skills)),
        "",
        "0 is as good as the best of what never looks at the radiograph, 1 as good as a perfect map. Each cell: skill "
        "[95 % interval of the ratio, by the same resamples for score, floor and ceiling].",
    ]
    for metric, title in TITLES.items():
        found = {(one.method, one.finding): one for one in skills if one.metric == metric}
        lines += ["", f"### {title}", "", "| Finding | Best floor | Ceiling | " + " | ".join(columns) + " |"]
        lines.append("|:--|:--|:--|" + ":--|" * len(columns))
        for finding in dict.fromkeys(one.finding for one in skills):
            first = found[columns[0], finding]
            ends = [f"{first.floor} {_number(first.best_floor)}".strip(), _number(first.perfect)]
            lines.append("| " + " | ".join([finding, *ends, *(_cell(found[m, finding]) for m in columns)]) + " |")
    return [*lines, ""]


def words(skills: Sequence[Skill]) -> list[str]:
    """One sentence a metric: how many findings × methods lie above the best floor, and by how much."""
    if not skills:
        return []
    methods = [one for one in skills if not (_is_human(one) or is_floor(one.method) or _is_ceiling(one))]
    return [_sentence(title, [one for one in methods if one.metric == metric]) for metric, title in TITLES.items()]


def _sentence(title: str, skills: Sequence[Skill]) -> str:
    single = [one for one in skills if one.finding != MEAN and one.above == one.above]
    overall = [one for one in skills if one.finding == MEAN and one.above == one.above]
    if not single or not overall:
        return f"{title}: no method and floor have a value of the same finding."
    best = max(overall, key=lambda one: one.score)
    side, verdict = ("above", "") if best.beats else ("below", _verdict(best))
    return (
        f"{title}: {_count(single)}. Over all findings the best method, {best.method} with {best.score:.3f}, lies "
        f"{_size(abs(best.above))} {side} {best.floor} with {best.best_floor:.3f}{verdict}."
    )


def _count(single: Sequence[Skill]) -> str:
    above = [one for one in single if one.beats]
    if not above:
        return f"none of {len(single)} findings × methods beats the best floor"
    mean = sum(one.above for one in above) / len(above)
    clear = sum(one.clearly for one in above) or "none"
    return (
        f"{len(above)} of {len(single)} findings × methods beat the best floor, by {_size(mean)} on average, "
        f"{clear} of them with an interval of the skill above 0"
    )


def _verdict(best: Skill) -> str:
    """What it means that the best method does not beat the best floor."""
    if _LOOKS not in best.floor:
        return ": no method beats not looking"
    return ", which knows whether there is a finding and not where: no method beats not looking where"


def _size(value: float) -> str:
    return "less than 0.001" if value < 0.001 else f"{value:.3f}"


def _is_human(one: Skill) -> bool:
    return one.method.startswith((HUMAN, CEILING))


def _is_ceiling(one: Skill) -> bool:
    return one.method.startswith("Ceiling ")


def _cell(one: Skill) -> str:
    if one.value != one.value:
        return DASH
    return f"{one.value:.3f} [{_number(one.interval.low)}, {_number(one.interval.high)}]"


def _number(value: float) -> str:
    return DASH if value != value else f"{value:.3f}"
