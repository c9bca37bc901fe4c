"""One A4 page about one finding of one case: the panes as shown, the numbers, and whose they are."""

import textwrap
from collections.abc import Mapping
from io import BytesIO
from threading import Lock
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from data_cache.counting import counted
from data_cache.findings import FINDINGS
from models.registry import colours, find_model
from ui.case_view import DISPLAY_SIZE
from ui.exports.pictures import (
    borders,
    draw_lines,
    hatch,
    opposing,
    palette_kind,
    palette_of,
    picture_of,
    scale_limits,
)
from ui.exports.reader_layers import draw_layers, layers_of, tells_truth
from ui.exports.report import PROGRAM, WARNING, Pane, Report
from ui.exports.request import Mask
from ui.exports.windowing import shown_through
from ui.exports.words import (
    assessment_lines,
    changed_words,
    cut_words,
    end_words,
    probability_words,
    score_words,
    shortened,
)
from ui.measures import LEVELS, METRICS
from ui.rendering import NEUTRAL, PALETTES

_WIDTH, _HEIGHT = 210.0, 297.0  # millimetres; all places below are in them, from the upper left corner
_LEFT, _RIGHT = 14.0, 196.0
_INK, _SOFT, _RULE = "#14181d", "#59626d", "#d3d8de"
_ACCENT, _BAD, _CAUTION, _CAUTION_GROUND = "#0b6e7f", "#a3161d", "#7a4b00", "#fff1d1"
_TRUTH, _HUMAN, _OWN = "#ffe14d", "#ff8ad8", ("#37e0ff", "#7dff6b", "#ffa64d", "#c9a2ff")  # on film
_FONTS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "pdf.fonttype": 42,
    "axes.linewidth": 0.5,
}
_ONE_AT_A_TIME = Lock()  # Matplotlib's settings are everybody's
_METRIC_NAMES = dict(zip(METRICS, ("IoU", "Dice", "Precision", "Recall", "Hit"), strict=True))
_MOST_ROWS, _MOST_MODELS, _KEY_ROWS = 10, 5, 3
_MOST_SAID, _SAID_WIDTH = 640, 160  # characters of what is said in words, and of a line of it
_HATCHING = 1.4  # millimetres between its lines
_RESOLUTION = 200  # dots an inch, of previews alone: in the PDF everything but the pictures is drawn in lines


def as_pdf(report: Report) -> bytes:
    """Return the page as PDF; nothing in it but the report's own date tells when or where it was made."""
    with _ONE_AT_A_TIME, mpl.rc_context(_FONTS):
        content = BytesIO()
        figure = draw_page(report)
        FigureCanvasPdf(figure).print_pdf(
            content, metadata={"Creator": PROGRAM, "Producer": None, "CreationDate": None}
        )
        return content.getvalue()


def as_png(report: Report) -> bytes:
    """Return the same page as a picture."""
    with _ONE_AT_A_TIME, mpl.rc_context(_FONTS):
        content = BytesIO()
        draw_page(report).savefig(content, format="png", dpi=_RESOLUTION)
        return content.getvalue()


def draw_page(report: Report) -> Figure:
    """Draw the page."""
    return _Page(report).figure


class _Layout(NamedTuple):
    """How the pictures stand: columns, the side of each, and the distances between them; in millimetres."""

    columns: int
    side: float
    gap: float
    pitch: float

    @classmethod
    def of(cls, pictures: int) -> "_Layout":
        """Large ones in two rows as long as they fit, else three rows of five."""
        if pictures <= 6:
            return cls(3, 55.0, 8.5, 69.5)
        if pictures <= 8:
            return cls(4, 40.0, 7.3, 54.5)
        return cls(5, 32.0, 5.5, 46.0)

    @property
    def narrow(self) -> bool:
        """Whether there is room for a few words alone."""
        return self.columns > 3


class _Page:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.layout = _Layout.of(1 + len(report.panes))
        self.colours = {key: colour.light for key, colour in colours(report.names).items()}
        self.figure = Figure(figsize=(_WIDTH / 25.4, _HEIGHT / 25.4), facecolor="white")
        self.layers = layers_of(report)
        self._borders = {name: borders(mask) for name, mask in report.references(report.state.finding).items()}
        below = self._head()
        below = self._panes(below + 3)
        below = self._scores(below + 6)
        self._probabilities(below + 8)
        self._foot()

    def _text(self, x: float, y: float, text: str, size: float = 7.5, **style: Any) -> Any:
        settings: dict[str, Any] = {"color": _INK, "va": "baseline", "parse_math": False} | style
        return self.figure.text(x / _WIDTH, 1 - y / _HEIGHT, text, fontsize=size, **settings)

    def _rule(
        self, y: float, colour: str = _RULE, width: float = 0.6, left: float = _LEFT, right: float = _RIGHT
    ) -> None:
        line = Line2D(
            [left / _WIDTH, right / _WIDTH],
            [1 - y / _HEIGHT] * 2,
            color=colour,
            lw=width,
            transform=self.figure.transFigure,
        )
        self.figure.add_artist(line)

    def _axes(self, x: float, y: float, width: float, height: float) -> Axes:
        axes = self.figure.add_axes((x / _WIDTH, 1 - (y + height) / _HEIGHT, width / _WIDTH, height / _HEIGHT))
        axes.set_axis_off()
        return axes

    def _head(self) -> float:
        view, finding = self.report.view, self.report.state.finding
        self._text(_LEFT, 11.5, PROGRAM, 7.5, color=_SOFT)
        self._text(_RIGHT, 11.5, WARNING, 7.5, color=_BAD, weight="bold", ha="right")
        self._rule(13.8, _INK, 0.9)
        self._text(_LEFT, 22, finding, 17, weight="bold")
        height, width = view.facts["size"]
        label = {1: "labelled present", 0: "labelled absent"}.get(view.facts["labels"].get(finding), "no label")
        case = shortened(view.title, 64)
        about = f"{case}  ·  {view.facts['source_label']}  ·  {width} × {height} px  ·  {label}"
        about += f"  ·  {self.report.reading.orientation.words}" * bool(self.report.reading.orientation)
        self._text(_LEFT, 27.2, about, 7.5, color=_SOFT)
        self._badges(22)
        return self._said(self._assessed(29.5))

    def _assessed(self, top: float) -> float:
        """Whether what the models say can be read, and why not; nothing where it can."""
        for line, grave in assessment_lines(self.report):
            top += 3.3
            self._text(_LEFT, top, line, 7, color=_BAD if grave else _CAUTION, weight="bold" if grave else "normal")
        return top

    def _said(self, top: float) -> float:
        """What the page said of the finding in words."""
        lines = textwrap.wrap(shortened(self.report.state.statement, _MOST_SAID), _SAID_WIDTH)
        for i, line in enumerate(lines):
            self._text(_LEFT, top + 2.1 + 3.2 * i, line, 6.8)
        return top + 3.2 * len(lines)

    def _badges(self, y: float) -> None:
        right = _RIGHT
        words = ["DEMONSTRATION WEIGHTS"] * any(model.origin == "demo" for model in self.report.models)
        words += ["PHANTOM · SIMULATED"] if self.report.view.facts["phantom"] else ["MAY CONTAIN PATIENT DATA"]
        for text in words:
            box = {"boxstyle": "round,pad=0.45,rounding_size=0.5", "fc": _CAUTION_GROUND, "ec": "none"}
            self._text(right - 1.2, y, text, 6, color=_CAUTION, weight="bold", ha="right", bbox=box)
            right -= 1.44 * len(text) + 7.5

    def _panes(self, top: float) -> float:
        report, state = self.report, self.report.state
        grey = shown_through(state.window, report.view)
        panes: list[Pane | None] = [None, *report.panes]
        limits = scale_limits(report.panes, state.limits)
        layout, size = self.layout, 6.2 if self.layout.narrow else 7.5
        for i, pane in enumerate(panes):
            x = _LEFT + (i % layout.columns) * (layout.side + layout.gap)
            y = top + (i // layout.columns) * layout.pitch
            self._text(x, y + 3, "abcdefghijklm"[i], size + 1, weight="bold")
            label = shortened(pane.pair.label, 26 if layout.narrow else 40) if pane else "Radiograph"
            self._text(x + 3.6, y + 3, label, size, weight="bold")
            axes = self._axes(x, y + 4.6, layout.side, layout.side)
            picture = picture_of(pane, grey, limits, report)
            axes.imshow(picture, interpolation="antialiased", extent=(0, DISPLAY_SIZE, DISPLAY_SIZE, 0))
            self._outlines(axes, pane)
            if pane is None:
                self._key(x, y + layout.side + 7.2)
            else:
                self._legend(pane, limits[pane.name], x, y + layout.side + 6.2)
        return top + -(-len(panes) // layout.columns) * layout.pitch - 2

    def _outlines(self, axes: Axes, pane: Pane | None) -> None:
        if pane is not None:
            hatch(axes, opposing(pane), pitch=_HATCHING / self.layout.side * DISPLAY_SIZE)
            lines = borders(pane.laid.region(pane.level))
            draw_lines(axes, lines, "black", 0.9, "-")
            draw_lines(axes, lines, "white", 0.9, (0, (2.2, 2.2)))
        draw_layers(axes, self.layers)
        for name, (colour, _) in self._lines().items():
            lines = self._borders[name]
            draw_lines(axes, lines, "black", 1.7, "-", alpha=0.6)
            draw_lines(axes, lines, colour, 0.9, "-")
        axes.set_xlim(0, DISPLAY_SIZE)
        axes.set_ylim(DISPLAY_SIZE, 0)

    def _colours_of_references(self) -> dict[str, str]:
        report = self.report
        fixed = {report.truth_name: _TRUTH, "human benchmark": _HUMAN}
        own = [name for name in report.references(report.state.finding) if name not in fixed]
        colours = fixed | {name: _OWN[i % len(_OWN)] for i, name in enumerate(own)}
        return {name: colours[name] for name in report.references(report.state.finding)}

    def _lines(self) -> dict[str, tuple[str, Any]]:
        """Colour and dashes of what is scored against, without what the readers' own layers say."""
        found: dict[str, tuple[str, Any]] = {name: (one, "-") for name, one in self._colours_of_references().items()}
        if tells_truth(self.report, self.layers):
            found.pop(self.report.truth_name, None)
        return found

    def _key(self, x: float, y: float) -> None:
        """What the lines are; below the plain radiograph, in two columns where there are many."""
        rows = [(layer.words, layer.look[0], (0, layer.look[1]) if layer.look[1] else "-") for layer in self.layers]
        truth = self.report.truth
        short = {truth.name: f"scored: {truth.name if truth.key.isdigit() else truth.key}"} if self.layers else {}
        rows += [(short.get(name, name), *look) for name, look in self._lines().items()]
        columns = 1 if len(rows) <= _KEY_ROWS else 2
        room = self.layout.side / columns
        for i, (name, colour, dashes) in enumerate(rows[: _KEY_ROWS * columns]):
            column, row = divmod(i, _KEY_ROWS)
            at, down = x + column * room, y + 2.9 * row
            self._swatch(at, down - 0.8, colour, dashes)
            self._text(at + 6, down, shortened(name, int((room - 6) / 1.22)), 6.2, color=_SOFT)
        if not rows:
            self._text(x, y, "Nobody drew this finding here.", 6.2, color=_SOFT)

    def _swatch(self, x: float, y: float, colour: str, dashes: Any) -> None:
        place: dict[str, Any] = {"transform": self.figure.transFigure}
        film = (x / _WIDTH, 1 - (y + 0.9) / _HEIGHT), 4.8 / _WIDTH, 1.8 / _HEIGHT
        self.figure.add_artist(Rectangle(*film, fc="#33393f", ec="none", **place))
        ends = [(x + 0.3) / _WIDTH, (x + 4.5) / _WIDTH]
        self.figure.add_artist(Line2D(ends, [1 - y / _HEIGHT] * 2, color=colour, lw=0.9, ls=dashes, **place))

    def _legend(self, pane: Pane, limit: float, x: float, y: float) -> None:
        palette = palette_of(pane, self.report)
        first = 0 if palette_kind(pane) == "diverging" else NEUTRAL
        side, narrow = self.layout.side, self.layout.narrow
        axes = self._axes(x, y + 0.4, side, 1.7)
        axes.imshow(PALETTES[palette].colours[None, first:], aspect="auto", extent=(0, 1, 0, 1))
        if not pane.laid.blank:
            at = pane.laid.cut(pane.level) / limit
            axes.axvline(min(1, max(0, (at + 1) / 2 if first == 0 else at)), color="black", lw=1.0)
        axes.add_patch(Rectangle((0, 0), 1, 1, fill=False, ec=_SOFT, lw=0.4, clip_on=False))
        low, high = end_words(pane, limit, signed=first == 0, words=not narrow)
        self._text(x, y + 5.0, low, 6.0, color=_SOFT)
        self._text(x + side, y + 5.0, high, 6.0, color=_SOFT, ha="right")
        self._text(x + side / 2, y + 5.0, cut_words(pane), 5.0 if narrow else 6.0, ha="center")

    def _scores(self, top: float) -> float:
        report = self.report
        drawn = bool(report.references(report.state.finding))
        places = [_LEFT, 52.0, 98.0, 115.0, 132.0, 151.0, 168.0, 180.0, _RIGHT]
        heads = ("Method", "compared with", "Probability", *_METRIC_NAMES.values(), "Marked")
        title = "Agreement of the region above the threshold" if drawn else "The region above the threshold"
        self._text(_LEFT, top, title, 9, weight="bold")
        rows = self._score_rows()
        said = [i for i in range(len(heads)) if (drawn or i != 1) and any(row[i] not in {"", "–"} for row in rows)]
        top += 5.2
        for i in said:
            self._text(places[i], top, heads[i], 6.4, color=_SOFT, ha="left" if i < 2 else "right")
        self._rule(top + 1.6, _INK, 0.6)
        y = top + 1.6
        for row in rows[:_MOST_ROWS]:
            y += 3.75
            for i in said:
                weight = "bold" if i == 3 else "normal"
                self._text(places[i], y, row[i], 6.9, ha="left" if i < 2 else "right", weight=weight)
            self._rule(y + 1.2, width=0.35)
        note = report.truth.note(report.state.finding)
        notes = (
            [note] * bool(note) if drawn else ["Nobody drew this finding here, so there is nothing to score against."]
        )
        if len(rows) > _MOST_ROWS:
            notes.append(f"{counted(len(rows) - _MOST_ROWS, 'more row')} in the CSV export.")
        for pair in report.agreements(report.references(report.state.finding))[:2]:
            distance = "–" if pair["hausdorff_px"] is None else f"{pair['hausdorff_px']:.0f} px"
            numbers = f"IoU {score_words(pair['iou'])}, Dice {score_words(pair['dice'])}, Hausdorff distance {distance}"
            notes.append(f"{shortened(pair['one'], 30)} and {shortened(pair['other'], 30)}: {numbers}")
        for note in notes[:2]:
            y += 3.7
            self._text(_LEFT, y + 0.3, note, 6.4, color=_SOFT)
        return y

    def _score_rows(self) -> list[tuple[str, ...]]:
        report, rows = self.report, []
        at = FINDINGS.index(report.state.finding)
        for pane in report.panes:
            references: dict[str, Mask | None] = {**report.references(report.state.finding)} or {"": None}
            values = report.readable_probabilities[pane.pair.model]
            probability = "–" if values is None else probability_words(values[at])
            marked = f"{100 * pane.laid.region(pane.level).mean():.0f} %"
            for i, (name, mask) in enumerate(references.items()):
                scores = pane.scores(mask) if mask is not None else dict.fromkeys(METRICS)
                said = shortened(name, 27) or "no mask of this finding"
                rows.append(
                    (
                        shortened(pane.pair.label, 27) if i == 0 else "",
                        said,
                        probability if i == 0 else "",
                        *_shown(scores),
                        marked,
                    )
                )
        return rows + self._floor_rows()

    def _floor_rows(self) -> list[tuple[str, ...]]:
        """The same of maps that never look at the image."""
        rows: list[tuple[str, ...]] = []
        for floor in self.report.floors:
            marked = f"{100 * floor.laid.region(floor.level).mean():.0f} %"
            for name, mask in self.report.references(self.report.state.finding).items():
                rows.append((floor.name, shortened(name, 27), "", *_shown(floor.scores(mask)), marked))
        return rows

    def _probabilities(self, top: float) -> None:
        """Bars of all findings for the models, the shown one in bold; dots where the radiograph is labelled."""
        report = self.report
        self._text(_LEFT, top, "Probabilities", 9, weight="bold")
        x, keys = 46.0, self._shown_models()
        if not keys:
            self._text(x, top, "No model can assess this image, so none are shown.", 6.6, color=_SOFT)
        for key in keys:
            name = report.names[key] if len(keys) < 3 else find_model(key).short
            self._text(x, top, shortened(name, 32), 6.6, color=self.colours[key], weight="bold")
            x += 48.0 if len(keys) < 3 else 20.0
        left_out = len(self._speaking) - len(keys)
        more = f"{left_out} more models in the JSON   " * (left_out > 0)
        self._text(_RIGHT, top, f"{more}● present   ○ absent (label)", 6.2, color=_SOFT, ha="right")
        left = (len(FINDINGS) + 1) // 2
        if not keys and not any(value is not None for value in report.view.facts["labels"].values()):
            return
        for i, finding in enumerate(FINDINGS):
            column, row = divmod(i, left)
            self._bars(finding, i, _LEFT + column * 94.0, top + 4.6 + row * 4.15)

    @property
    def _speaking(self) -> list[str]:
        """The models that have something to say about this image."""
        return [key for key, values in self.report.readable_probabilities.items() if values is not None]

    def _shown_models(self) -> list[str]:
        return self._speaking[:_MOST_MODELS]

    def _bars(self, finding: str, i: int, x: float, y: float) -> None:
        report, shown = self.report, finding == self.report.state.finding
        dot = {1: "●", 0: "○"}.get(report.view.facts["labels"].get(finding), "")
        self._text(x, y + 1.0, dot, 5.5, color=_INK)
        self._text(x + 3, y + 1.0, finding, 6.6, weight="bold" if shown else "normal", color=_ACCENT if shown else _INK)
        keys = self._shown_models()
        pitch, number = 3.6 / max(2, len(keys)), 10.0 if len(keys) < 4 else 8.5
        room = 46.0 - number * len(keys)  # for the bars
        for step, key in enumerate(keys):
            at = y - 1.7 + pitch * step
            value = report.probabilities[key][i]
            for share, colour in ((1.0, "#eceff2"), (value or 0.0, self.colours[key])):
                height = 0.78 * pitch
                place = (x + 42) / _WIDTH, 1 - (at + height) / _HEIGHT
                bar = Rectangle(place, room * share / _WIDTH, height / _HEIGHT, fc=colour, ec="none")
                bar.set_transform(self.figure.transFigure)
                self.figure.add_artist(bar)
            end = x + 42 + room + number * (step + 1) - 0.5
            self._text(end, y + 1.0, probability_words(value), 6.4, color=self.colours[key], ha="right")

    def _has_gaps(self) -> bool:
        spoken = self.report.readable_probabilities.values()
        return any(value is None for values in spoken if values is not None for value in values)

    def _foot(self) -> None:
        report, state = self.report, self.report.state
        lines = [
            f"{report.names[model.key]}: {model.id}, weights sha256 "
            f"{model.weights_sha256[:16]}…, {model.backend}, {model.dtype}"
            for model in report.models
        ]
        share = {pane.level for pane in report.panes}
        cut = f"{100 * share.pop() / LEVELS:.1f} % of each map's own range" if len(share) == 1 else "see each map"
        window = f"window {state.window.width:.0f}, level {state.window.level:.0f}" + ", inverted" * state.window.invert
        chosen = dict.fromkeys(filter(None, (changed_words(pane.explanation) for pane in report.panes)))
        maps = f"; {shortened('; '.join(chosen), 90)}" if chosen else ""
        hatched = " Hatched: the part that opposes the finding." * any(opposing(pane).any() for pane in report.panes)
        lines.append(
            f"Threshold ({state.threshold_mode}): {cut}; opacity {100 * state.opacity:.0f} %; {window}{maps}. "
            "Dashed: the region above it." + hatched + " n/p: not predicted by the model." * self._has_gaps()
        )
        kept, of = report.kept_probabilities, report.patch_model
        if kept is not None and of is not None and report.assessable(of):
            at = FINDINGS.index(state.finding)
            lines.append(
                f"With {len(set(state.switched_off))} patches switched off, {report.names[of]} says "
                f"{probability_words(kept[at])} instead of {probability_words(report.probabilities[of][at])} "
                "(evidence removed, not anatomy changed)."
            )
        if report.view.facts["crop"]:
            lines.append(report.view.facts["crop"])
        top = 286.8 - 3.1 * len(lines)
        self._rule(top - 3.6)
        for i, line in enumerate(lines):
            self._text(_LEFT, top + 3.1 * i, line, 5.7, color=_SOFT)
        self._text(_LEFT, 289.8, f"{report.date:%Y-%m-%d %H:%M} UTC", 5.7, color=_SOFT)
        patient = (
            "" if report.view.facts["phantom"] else "May contain patient data: keep it as you keep the radiograph. "
        )
        self._text(
            _RIGHT, 289.8, patient + "Nothing here may guide the care of a patient.", 5.7, color=_BAD, ha="right"
        )


def _shown(scores: Mapping[str, float | None]) -> list[str]:
    """METRICS in words."""
    hit = {None: "–", 0.0: "no", 1.0: "yes"}[scores["hit"]]
    return [*(score_words(scores[metric]) for metric in METRICS[:-1]), hit]
