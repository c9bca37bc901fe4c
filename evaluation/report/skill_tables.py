"""Skill as a file, as a table, and in plain words: how many methods show more than not looking does."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from evaluation.comparable import is_method
from evaluation.floors import is_floor
from evaluation.report.tables import DASH, TITLES
from evaluation.results import MEAN
from evaluation.skill import PERFECT, Skill
from evaluation.truth.forms import WORDS

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
        "ceiling shown are those of all cases. A ceiling below 1 is that of maps of the square that a model "
        "sees; that of maps of the whole radiograph is 1.",
    ]
    shown = [one for one in skills if one.method in columns]
    for metric, title in TITLES.items():
        for form, of_form in _by_form([one for one in shown if one.metric == metric]):
            lines += ["", f"### {title}{form}", "", *_table(of_form)]
    return [*lines, ""]


def _by_form(skills: Sequence[Skill]) -> list[tuple[str, list[Skill]]]:
    """Skills against truths of one form each, and what to say of it; "" where there is but one."""
    forms = list(dict.fromkeys(one.form for one in skills if one.form))
    if len(forms) < 2:
        return [("", list(skills))]
    return [(f", {WORDS[form]}", [one for one in skills if one.form == form]) for form in forms]


def _table(skills: Sequence[Skill]) -> list[str]:
    """Of one metric and form."""
    found = {(one.method, one.finding): one for one in skills}
    columns = list(dict.fromkeys(one.method for one in skills))
    lines = [
        "| Finding | Best floor | Ceiling | " + " | ".join(columns) + " |",
        "|:--|:--|:--|" + ":--|" * len(columns),
    ]
    first_of = max(columns, key=is_floor)  # a floor lacks no map
    for finding in dict.fromkeys(one.finding for one in skills):
        first, row = found[first_of, finding], [found[method, finding] for method in columns]
        whole = first.ceiling != PERFECT and any(one.ceiling == PERFECT for one in row)
        ends = [f"{first.floor} {_number(first.best_floor)}".strip(), _number(first.perfect) + " or 1" * whole]
        lines.append("| " + " | ".join([finding, *ends, *map(_cell, row)]) + " |")
    return lines


def words(shared: Sequence[Skill]) -> list[str]:
    """One sentence or two a metric and form of the truths: how many scores beat the best floor, and by how much.

    Args:
        shared: skills on the cases that all methods have, see `evaluation.skill.skills`.
    """
    if not shared:
        return []
    return [
        _sentence(f"{title}{form}", of_form)
        for metric, title in TITLES.items()
        for form, of_form in _by_form([one for one in shared if one.metric == metric])
    ]


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
