"""What the printed page says, in words."""

import re
from textwrap import wrap

from explainers.explanation import Explanation
from explainers.registry import find_method
from ui.exports.report import Pane, Report
from ui.measures import LEVELS

_LINE, _MOST_LINES = 150, 4  # characters, lines


def assessment_lines(report: Report) -> list[tuple[str, bool]]:
    """Whether what the models say can be read, in lines that fit the page, each with whether it cannot.

    Models of which the same is true stand together; nothing is said of those that can just read the image.
    """
    by_sentence: dict[str, list[str]] = {}
    for key, found in report.assessments.items():
        if found.reasons and key in report.names:
            by_sentence.setdefault(found.sentence, []).append(key)
    lines = []
    for sentence, keys in by_sentence.items():
        whose = "" if len(keys) == len(report.names) else f" ({', '.join(report.names[key] for key in keys)})"
        title, rest = sentence.split(":", 1)
        grave = not report.assessable(keys[0])
        lines += [(line, grave) for line in wrap(f"{title}{whose}:{rest}", _LINE)]
    return lines[:_MOST_LINES]


def changed_words(explanation: Explanation) -> str:
    """Parameters that are not the method's defaults, in words."""
    entry = find_method(explanation.method)
    usual = entry.parse(None).model_dump(mode="json")
    changed = {name: value for name, value in explanation.parameters.items() if value != usual[name]}
    return ", ".join(f"{entry.parameters.model_fields[name].title or name} {value}" for name, value in changed.items())


def end_words(pane: Pane, limit: float, signed: bool, words: bool) -> tuple[str, str]:
    """The ends of a map's colour scale, with what they mean where `words` is true."""
    end = f"{limit:.3g}" if pane.entry.view.unit else "max"
    if not signed:
        return "0", end
    return (f"opposes −{end}", f"+{end} supports") if words else (f"−{end}", f"+{end}")


def cut_words(pane: Pane) -> str:
    """Where a map is cut, in its own unit, or why nothing of it is marked."""
    view = pane.entry.view
    if pane.laid.blank:
        return pane.laid.why_blank
    if view.unit:
        return f"> {pane.laid.cut(pane.level):+.2f} {view.unit}".replace("-", "−")
    return f"> {100 * pane.level / LEVELS:.0f} % of {'max' if view.floor == 'zero' else 'its range'}"


def probability_words(value: float | None) -> str:
    """Two decimals, and never certainty where there is none."""
    if value is None:
        return "n/p"
    if 0 < value < 0.005:
        return "<0.01"
    return ">0.99" if 0.995 < value < 1 else f"{value:.2f}"


def score_words(value: float | None) -> str:
    """Three decimals, a dash where undefined."""
    return "–" if value is None else f"{value:.3f}"


def shortened(text: str, most: int) -> str:
    """Printable and not endless: names come from visitors."""
    plain = re.sub(r"[^\x20-\x7e\u00a0-\u024f]", "?", text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"
