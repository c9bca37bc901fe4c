"""What is alike, as a page: which methods are one map, which are near, and which tell something of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from data_cache.counting import counted
from evaluation.alike.formulas import SAME
from evaluation.alike.measuring import CELLS, Alike
from explainers.entry import Entry
from explainers.registry import EXPLAINERS
from models.registry import find_model

_NEAREST = 10  # pairs that are named below a table


@dataclass
class Compared:
    """What came out for one model.

    Attributes:
        key: the model's.
        alike: of all methods that it can give, in the registry's order.
        costs: passes a radiograph, by method.
        changes: parameters other than the defaults, by method.
        equal: of each method that equals others, the largest difference by their names, over all radiographs.
    """

    key: str
    alike: Alike
    costs: Mapping[str, int]
    changes: Mapping[str, Mapping[str, object]]
    equal: dict[str, dict[str, float]] = field(default_factory=dict)


def page(of: str, most: int, models: Sequence[Compared], chosen: Sequence[str], left_out: Sequence[str]) -> str:
    """The page in Markdown.

    Args:
        of: on which radiographs.
        most: passes that a method was given.
        models: each with its methods.
        chosen: the methods that were asked for, by key.
        left_out: keys of models that can give none of them.
    """
    lines = [
        "# What is alike",
        "",
        "Made by `python -m evaluation alike --out evaluation/ALIKE.md`; change that, not this page.",
        "",
        f"{_which(chosen)} on {of}, for all findings that a model predicts. Maps are compared as they are "
        f"shown, on {CELLS}×{CELLS} cells of the model's input (finer ones averaged, coarser ones enlarged as they are "
        f"drawn). A method that would take more than {most} passes a radiograph was given parameters with which it "
        "takes fewer, as the lists say: its map is noisier than with its defaults, and less like any other.",
        "",
        "**Below the diagonal**: the mean rank correlation (Spearman's) of a radiograph's maps of a finding; 1 where "
        "they put all cells in one order, whatever the values. **Above it**: the largest difference of any cell of any "
        "map, each divided by its largest absolute value; 0 where maps are the same but for their scale, 2 at most. "
        "A high correlation on simulated radiographs with demonstration weights says how methods are related, and "
        "nothing of how good they are.",
        "",
        f"Maps of {_and(find_model(one.key).label for one in models)}; no other model's were compared.",
    ]
    for one in models:
        lines += ["", f"## {find_model(one.key).label} (`{one.key}`)", "", *_methods(one), "", *_table(one.alike)]
        lines += ["", *_near(one)]
    lines += ["", "## The same by construction", "", *_equal(models), "", *_without(models, chosen, left_out)]
    return "\n".join(lines) + "\n"


def _and(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _methods(one: Compared) -> list[str]:
    lines = ["| | method | passes | parameters other than the defaults |", "|---|---|---|---|"]
    for place, name in enumerate(one.alike.names, 1):
        changed = ", ".join(f"{key} {value}" for key, value in one.changes[name].items()) or "–"
        lines.append(f"| {place} | {EXPLAINERS[name].label} (`{name}`) | {one.costs[name]} | {changed} |")
    return lines


def _table(alike: Alike) -> list[str]:
    count = len(alike.names)
    lines = [
        "| | " + " | ".join(str(place) for place in range(1, count + 1)) + " |",
        "|---" * (count + 1) + "|",
    ]
    for row in range(count):
        cells = []
        for column in range(count):
            value = (alike.correlations if column < row else alike.largest)[row, column]
            cells.append("·" if row == column else _number(value, column < row))
        lines.append(f"| {row + 1} {EXPLAINERS[alike.names[row]].label} | " + " | ".join(cells) + " |")
    return lines


def _number(value: float, correlation: bool) -> str:
    if np.isnan(value):
        return "–"
    if not correlation and 0 < value < 0.005:
        return f"{value:.0e}"
    return f"{value:.3f}".replace("-", "−") if correlation else f"{value:.2f}"


def _near(one: Compared) -> list[str]:
    """The pairs with the highest correlation, and those that are the same map."""
    alike = one.alike
    pairs = [
        (alike.correlations[a, b], alike.largest[a, b], alike.names[a], alike.names[b])
        for a in range(len(alike.names))
        for b in range(a)
        if alike.counts[a, b]
    ]
    same = [f"{_label(b)} and {_label(a)}" for _, apart, a, b in pairs if apart <= SAME]
    words = f"The same map (to {SAME:.0e} after scaling): {'; '.join(same) or 'no two of these'}."
    nearest = sorted(pairs, key=lambda pair: -pair[0])[:_NEAREST]
    named = "; ".join(f"{_label(b)} and {_label(a)} {_number(value, True)}" for value, _, a, b in nearest)
    return [words, "", f"The highest rank correlations: {named}." if named else "No two can be compared."]


def _label(name: str) -> str:
    return EXPLAINERS[name].label


def _equal(models: Sequence[Compared]) -> list[str]:
    lines = [
        "Under average pooling and a linear layer some published methods are one map, and one entry. Here each was "
        "computed by its own formula, with gradients by autograd, and compared with the entry's closed form at its own "
        "resolution.",
        "",
        "| entry | is also | model | largest difference after scaling |",
        "|---|---|---|---|",
    ]
    rows = [
        f"| {_label(method)} (`{method}`) | {name} | `{one.key}` | {apart:.1e} |"
        for one in models
        for method, found in one.equal.items()
        for name, apart in found.items()
    ]
    return [*lines, *rows] if rows else ["No entry equals another published method on these models."]


def _which(chosen: Sequence[str]) -> str:
    """The methods that were asked for, as the beginning of a sentence."""
    if set(chosen) >= set(EXPLAINERS):
        return "All methods of the registry"
    named = ", ".join(map(_label, chosen))
    return f"{counted(len(chosen), 'chosen method')} of the {len(EXPLAINERS)} of the registry ({named})"


def _without(models: Sequence[Compared], chosen: Sequence[str], left_out: Sequence[str]) -> list[str]:
    """Methods that none of the models can give, and models that can give none of the methods."""
    given = {name for one in models for name in one.alike.names}
    missing = [EXPLAINERS[key] for key in chosen if key not in given]
    lines = [f"Not above: {find_model(key).label} (`{key}`) can give none of these methods." for key in left_out]
    lines += [""] if left_out else []
    if not missing:
        which = "method of the registry" if set(chosen) >= set(EXPLAINERS) else "chosen method"
        return [*lines, f"Every {which} is above."]
    return [*lines, "Not above, since none of these models can give it:", "", *(_missing(entry) for entry in missing)]


def _missing(entry: Entry) -> str:
    return f"- {entry.label} (`{entry.key}`) needs {entry.needs.needed}."
