"""geometry.csv, geometry.md, and the table that the command prints."""

from collections.abc import Iterable, Sequence

from data_cache.counting import counted
from data_cache.marks import Form
from evaluation.geometry.measuring import CEILINGS, HITS, IOUS, READERS
from evaluation.geometry.summary import Summary
from evaluation.geometry.truths import LARGEST, SIDE, Truths
from evaluation.results import MEAN
from evaluation.truth.forms import WORDS, note_on_forms

HEADER: tuple[str, ...] = ("finding", "form", "quantity", "n", "patients", "value", "low", "high", "interval")
HEADER += ("why_no_interval", "left_out")
DASH = "–"
_SIZES = ("Finding", "truths", "patients", "marks", "area, %", "parts")
_SHORT: tuple[str, ...] = (
    "Finding",
    "truths",
    "area",
    "hit: random",
    "centre",
    "prior",
    "IoU: random",
    "centre",
    "prior",
)
_SHORT += ("perfect 8×8", "16×16", "512×512", "stretched: 8×8", "16×16", "512×512")
_LINES = {
    "hit": ("Hit rate without looking", HITS, ("random point", "centre", "prior")),
    "iou": ("IoU without looking", IOUS, ("random region", "centre", "prior")),
    "ceiling": (
        "IoU of a perfect map",
        (*CEILINGS, "outline_in_box"),
        ("8×8, stretched", "8×8", "16×16, stretched", "16×16", "512×512, stretched", "512×512", "outline in its box"),
    ),
    "readers": ("One reader and another", READERS, ("both marked it", "IoU where both did", "hit where both did")),
}


def lines(summaries: Iterable[Summary]) -> Iterable[tuple[str | float | int, ...]]:
    """Lines of geometry.csv."""
    for one in summaries:
        yield (*(getattr(one, name) for name in HEADER[:-1]), "; ".join(one.left_out))


def markdown(name: str, truths: Truths, summaries: Sequence[Summary]) -> str:
    """What is printed, and every quantity with its interval: sizes and counts, floors, ceilings, each form apart."""
    text = [short(name, truths, summaries)]
    for form in _forms(summaries):
        of_form = [one for one in summaries if one.form == form]
        text += [f"## {WORDS[form].capitalize()}, with intervals", "", *_sizes(truths, of_form)]
        for title, quantities, words in _LINES.values():
            table = _means(of_form, quantities, words)
            text += ["", f"**{title}**", "", *table] if table else []
            text += ["", *_what_means_leave_out(of_form, quantities)] if table and quantities == READERS else []
        text += [""]
    return "\n".join(text)


def short(name: str, truths: Truths, summaries: Sequence[Summary]) -> str:
    """One table a form of truth, with the interval of what the prior hits."""
    forms = _forms(summaries)
    text = [f"# Geometry of {name}", "", *_about(truths, forms), ""]
    for form in forms:
        of_form = [one for one in summaries if one.form == form]
        text += [f"## {WORDS[form].capitalize()}", "", _row(_SHORT), _row(["---"] * len(_SHORT))]
        for finding, found in _by_finding(of_form).items():
            prior, rest = found["hit_prior"], [found[name] for name in (*IOUS, *CEILINGS[1::2], *CEILINGS[::2])]
            first = f"{found['area'].n:,}", f"{100 * found['area'].value:.1f} %"
            hits = (*(_plain(found[name]) for name in HITS[:2]), _cell(prior))
            text.append(_row([finding, *first, *hits, *map(_plain, rest)]))
        text += ["", *_what_means_leave_out(of_form, ("area", *HITS, *IOUS))]
    return "\n".join(text)


def _what_means_leave_out(summaries: Sequence[Summary], quantities: Sequence[str]) -> list[str]:
    """Which findings the row Mean of a table is not over; no lines where it is over all."""
    means = [next(one for one in summaries if (one.finding, one.quantity) == (MEAN, q)) for q in quantities]
    least = min(means, key=lambda one: len(one.left_out)).left_out
    narrow = [one.quantity for one in means if one.left_out not in ((), least)]
    lines = [f"Mean leaves out {', '.join(least)}: not every column has a value.", ""] if least else []
    if narrow:
        lines += [f"With a value in less than half of the findings, and a Mean of fewer: {', '.join(narrow)}.", ""]
    return lines


def _forms(summaries: Sequence[Summary]) -> list[Form]:
    return list(dict.fromkeys(one.form for one in summaries))


def _about(truths: Truths, forms: Sequence[Form]) -> list[str]:
    drawn = len(truths.masks.cases)
    readers = f" {counted(len(truths.readers), 'reader')}." if truths.readers else ""
    marks, images = counted(sum(truths.marks.values()), "mark"), counted(truths.images, "radiograph")
    where = images if drawn == truths.images else f"{drawn:,} of {images}"
    note = note_on_forms({form: form for form in forms})
    return [
        f"{marks} on {where}.{readers} A truth is what was marked of one finding on one radiograph, all readers "
        f"together; shapes on radiographs of more than {LARGEST:,} pixels a side are filled on {SIDE:,}. Means over"
        " truths [95 % interval: Wilson's of a finding's hits, else of resampled patients]; Mean is the mean over "
        "the findings in which every column has a value. The prior is made of other patients' truths, in five "
        "folds, and so are all thresholds of floors; perfect maps are marked at the threshold best for each truth."
        " “Stretched” is the published evaluation, which lays the map of a square crop over the whole radiograph.",
        *(["", note] if note else []),
    ]


def _sizes(truths: Truths, summaries: Sequence[Summary]) -> list[str]:
    table = [_row(_SIZES), _row(["---"] * len(_SIZES))]
    for finding, found in _by_finding(summaries).items():
        area, parts = found["area"], found["parts"]
        kept = [f for f in truths.marks if f not in area.left_out] if finding == MEAN else [finding]
        marks = sum(truths.marks.get(f, 0) for f in kept)
        cells = f"{area.n:,}", f"{area.patients:,}", f"{marks:,}", f"{100 * area.value:.1f}", f"{parts.value:.2f}"
        table.append(_row([finding, *cells]))
    return table


def _means(summaries: Sequence[Summary], quantities: Sequence[str], words: Sequence[str]) -> list[str]:
    by_finding = _by_finding(summaries)
    shown = [(q, w) for q, w in zip(quantities, words, strict=True) if any(one[q].n for one in by_finding.values())]
    if not shown:
        return []
    table = [_row(["Finding", *(word for _, word in shown)]), _row(["---"] * (1 + len(shown)))]
    return table + [_row([f, *(_cell(found[q]) for q, _ in shown)]) for f, found in by_finding.items()]


def _by_finding(summaries: Sequence[Summary]) -> dict[str, dict[str, Summary]]:
    found: dict[str, dict[str, Summary]] = {}
    for one in summaries:
        found.setdefault(one.finding, {})[one.quantity] = one
    return found


def _cell(one: Summary) -> str:
    if not one.n:
        return DASH
    ends = f" [{one.low:.3f}, {one.high:.3f}]" if one.low == one.low else ""
    return f"{one.value:.3f}{ends}"


def _plain(one: Summary) -> str:
    return f"{one.value:.3f}" if one.n else DASH


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
