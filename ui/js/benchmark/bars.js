// Bars by finding, one a method, with intervals; a bar is a button that shows the cases behind it.
import { makeSvg } from "../dom.js";
import { colour } from "./shapes.js";
import { Chart, ceiling, line, linear, marker, text, ticks } from "./svg.js";
import { METRICS, interval, number } from "./words.js";

const PAD = { left: 44, right: 8, top: 8, bottom: 54 };
const NARROW = 640; // below it, or where bars were too thin, they lie on their side, one finding under the other
const THIN = 5; // pixels a bar with the space beside it

export class BarChart extends Chart {
  /** @param onPick called with (method, row). */
  constructor(onPick) {
    super(290, "Means by finding");
    this.element.setAttribute("role", "group");
    this.onPick = onPick;
  }

  show(board, rows, visible, names) {
    Object.assign(this, { board, rows, visible, names });
    this.draw();
  }

  draw() {
    if (!this.board || !this.width) return;
    const { board, rows } = this;
    const methods = [...board.methods.keys()].filter((m) => this.visible(m));
    const all = methods.flatMap((m) => rows.map((row) => board.estimates[m][row]));
    const largest = Math.max(
      ...all.map(({ high, value }) => (Number.isNaN(high) ? value : high)).filter((v) => !Number.isNaN(v)),
      0,
    );
    this.upright = this.width >= Math.max(NARROW, rows.length * (methods.length * THIN + 14));
    this.height = this.upright ? 290 : rows.length * (methods.length * 9 + 26) + 24;
    this.element.setAttribute("height", this.height);
    const end = ceiling(largest);
    this.value = this.upright ? linear(0, end, this.height - PAD.bottom, PAD.top) : linear(0, end, 8, this.width - 46);
    this.fill(...this.grid(end), ...rows.flatMap((row, i) => this.group(row, i, methods)));
    this.element.setAttribute("aria-label", `${METRICS[board.metric].label} by finding and method`);
  }

  grid(end) {
    if (!this.upright)
      return ticks(0, end, 4).flatMap((value) => [
        line(this.value(value), 4, this.value(value), this.height - 20, "grid"),
        text(this.value(value), this.height - 6, value.toFixed(2), { "text-anchor": "middle" }),
      ]);
    return ticks(0, end, 5).flatMap((value) => [
      line(PAD.left, this.value(value), this.width - PAD.right, this.value(value), "grid"),
      text(PAD.left - 6, this.value(value) + 4, value.toFixed(2), { "text-anchor": "end" }),
    ]);
  }

  group(row, i, methods) {
    const { width, rows, names } = this;
    if (!this.upright) {
      const top = 6 + i * (methods.length * 9 + 26);
      return [
        text(8, top + 12, names[row], { class: "name" }),
        ...methods.map((m, k) => this.bar(row, m, top + 18 + k * 9, 7)),
      ];
    }
    const room = (width - PAD.left - PAD.right) / rows.length;
    const thick = Math.min(16, (room - 14) / methods.length);
    const left = PAD.left + i * room + (room - thick * methods.length) / 2;
    const words = wrap(names[row], room / 6.2);
    const label = words.map((part, k) =>
      text(PAD.left + (i + 0.5) * room, this.height - PAD.bottom + 27 + 13 * k, part, {
        "text-anchor": "middle",
        class: "name",
      }),
    );
    return [...label, ...methods.map((m, k) => this.bar(row, m, left + k * thick, thick - 2))];
  }

  bar(row, m, at, thick) {
    const { board } = this;
    const estimate = board.estimates[m][row];
    const words = `${board.methods[m].label}, ${this.names[row]}: ${number(estimate.value)} (${interval(estimate)}), n ${estimate.n}`;
    const group = makeSvg("g", {
      class: `bar ${colour(board.methods[m].look)} ${board.methods[m].kind}`,
      tabindex: 0,
      role: "button",
      "aria-label": `${words}. Show the cases`,
    });
    const title = makeSvg("title");
    title.textContent = words;
    group.append(title);
    group.addEventListener("click", () => this.onPick(m, row));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.onPick(m, row);
    });
    const { value } = this;
    const shown = Number.isNaN(estimate.value) ? 0 : estimate.value;
    const [zero, end, low, high] = [0, shown, estimate.low, estimate.high].map(value);
    const middle = at + thick / 2;
    const whisker = Number.isNaN(estimate.low)
      ? ""
      : this.upright
        ? `M${middle} ${low}V${high}`
        : `M${low} ${middle}H${high}`;
    const [x, y, w, h] = this.upright
      ? [at, end, thick, Math.max(0, zero - end)]
      : [zero, at, Math.max(0, end - zero), thick];
    const tick = this.upright ? `M${at} ${end}h${thick}` : `M${end} ${at}v${thick}`;
    const mark =
      board.methods[m].kind === "ceiling"
        ? makeSvg("path", { d: tick, class: "tick" })
        : makeSvg("rect", { x, y, width: w, height: h, rx: 1.5, class: "fill" });
    group.append(
      makeSvg("rect", {
        x: this.upright ? x : 0,
        y: this.upright ? PAD.top : y - 1,
        width: this.upright ? w : this.width,
        height: this.upright ? this.height - PAD.top - PAD.bottom : h + 2,
        class: "reach",
      }),
      mark,
      makeSvg("path", { d: whisker, class: "whisker" }),
    );
    if (this.upright && board.methods[m].marks && thick > 6)
      group.append(marker(board.methods[m].look, middle, zero + 7, 2.6)); // told apart without colour
    return group;
  }
}

function wrap(name, most) {
  const lines = [];
  for (const word of name.split(" ")) {
    if (lines.length && `${lines.at(-1)} ${word}`.length <= most) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word.length > most ? `${word.slice(0, Math.max(3, most - 1))}…` : word);
  }
  return lines.slice(0, 2);
}
