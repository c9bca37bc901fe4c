"""Skill as a file, as a table, and in plain words: how many methods show more than not looking does."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from evaluation.comparable import is_method
from evaluation.floors import is_floor
from evaluation.report.tables import DASH, TITLES
from evaluation.results import MEAN
from evaluation.skill import Skill

_LOOKS = "probability ("  # in the names of floors that know what a model says of the radiograph
_EQUAL = 1e-12  # a mean of equal numbers may differ in its last digit
HEADER: tuple[str, ...] = ("method", "finding", "metric", "score", "best_floor", "best_floor_value")
HEADER += ("ceiling", "ceiling_value", "skill", "skill_low", "skill_high", "cases_without_map", "findings_left_out")


def skill_lines(skills: Iterable[Skill]) -> Iterator[tuple[str | float, ...]]:
    """The lines of skill.csv."""
    for one in skills:
        ends = (one.interval.low, one.interval.high)
        floor, ceiling = (one.floor, one.best_floor), (one.ceiling, one.perfect)
        left_out = (one.without, "; ".join(one.left_out))
        yield (one.method, one.finding, one.metric, one.score, *floor, *ceiling, one.value, *ends, *left_out)


def skill_section(skills: Sequence[Skill], shared: Sequence[Skill], columns: Sequence[str]) -> list[str]:
    """Markdown: a table a metric, findings down, the best floor, the ceiling and the skill of each method across.

    Args:
        skills: all.
        shared: the same on the cases that all methods have, for the words.
        columns: methods to show.
    """
    if not skills:
        return []
    lines = [
        "## Skill: (score − best floor) / (ceiling − best floor)",
        "",
        *(f"- {sentence}" for sentence in words(shared)),
        "",
        "0 is as good as the best of what never looks at the radiograph, 1 as good as a perfect map. Each cell: skill "
        "[95 % interval of the ratio, by the same resamples for score, floor and ceiling]. A method without a map of a "
        "case, and so without a value, is compared with floor and ceiling on its other cases; the best floor and the "
        "ceiling shown are those of all cases.",
    ]
    first_of = max(columns, key=is_floor)  # a floor lacks no map
    for metric, title in TITLES.items():
        found = {(one.method, one.finding): one for one in skills if one.metric == metric}
        lines += ["", f"### {title}", "", "| Finding | Best floor | Ceiling | " + " | ".join(columns) + " |"]
        lines.append("|:--|:--|:--|" + ":--|" * len(columns))
        for finding in dict.fromkeys(one.finding for one in skills):
            first = found[first_of, finding]
            ends = [f"{first.floor} {_number(first.best_floor)}".strip(), _number(first.perfect)]
            lines.append("| " + " | ".join([finding, *ends, *(_cell(found[m, finding]) for m in columns)]) + " |")
    return [*lines, ""]


def words(shared: Sequence[Skill]) -> list[str]:
    """One sentence or two a metric: how many findings × methods lie above the best floor, and by how much.

    Args:
        shared: skills on the cases that all methods have, see `evaluation.skill.skills`.
    """
    if not shared:
        return []
    return [_sentence(title, [one for one in shared if one.metric == metric]) for metric, title in TITLES.items()]


def _sentence(title: str, everything: Sequence[Skill]) -> str:
    skills = [one for one in everything if is_method(one.method)]
    single = [one for one in skills if one.finding != MEAN and one.above == one.above]
    overall = [one for one in skills if one.finding == MEAN and one.above == one.above]
    if not single:
        return f"{title}: no method and floor have a value of the same finding."
    if not overall:
        return f"{title}: {_count(single)}. No finding has a value of all, so that there are no means to compare."
    fewest = min(len(one.left_out) for one in overall)
    overall = [one for one in overall if len(one.left_out) == fewest]
    best = max(overall, key=lambda one: (one.score, -one.without))
    verdict = "" if best.beats else _verdict(best)
    return (
        f"{title}: {_count(single)}. Over {_findings(best)} the best method, {best.method} with {best.score:.3f}, "
        f"{_place(best.above)} {best.floor} with {best.best_floor:.3f}{verdict}.{_cases(skills)}"
        f"{_narrow_floors(everything, skills)}"
    )


def _narrow_floors(everything: Iterable[Skill], methods: Iterable[Skill]) -> str:
    """Which floors the mean is not compared with, as they have too few findings."""
    scored = {one.finding for one in methods if one.finding != MEAN and one.score == one.score}
    known = Counter(
        one.method for one in everything if is_floor(one.method) and one.finding in scored and one.score == one.score
    )
    narrow = [f"{name} ({count})" for name, count in known.items() if 2 * count < len(scored)]
    if not narrow:
        return ""
    return f" Not compared over findings, with a value in less than half of {len(scored)}: {', '.join(narrow)}."


def _findings(best: Skill) -> str:
    if not best.left_out:
        return "all findings"
    return f"the findings of which all have a value (without {', '.join(best.left_out)})"


def _cases(skills: Iterable[Skill]) -> str:
    """On which cases, where a method has no value of some."""
    lacking = [f"{one.method} of {one.without}" for one in skills if one.finding == MEAN and one.without]
    if not lacking:
        return ""
    return f" This compares the maps that all methods have; without map and value are {', '.join(lacking)}."


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


def _place(above: float) -> str:
    if abs(above) < _EQUAL:
        return "is no better and no worse than"
    return f"lies {_size(abs(above))} {'above' if above > 0 else 'below'}"


def _size(value: float) -> str:
    return "less than 0.001" if value < 0.001 else f"{value:.3f}"


def _cell(one: Skill) -> str:
    if one.value != one.value:
        return DASH
    return f"{one.value:.3f} [{_number(one.interval.low)}, {_number(one.interval.high)}]"


def _number(value: float) -> str:
    return DASH if value != value else f"{value:.3f}"
