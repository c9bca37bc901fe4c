// Which panes are on show, and in what order.
import { make } from "./dom.js";
import { Menu } from "./menu.js";
import { toolButton } from "./toolbar.js";

export class Arrange {
  constructor(viewer) {
    this.key = "panes";
    this.viewer = viewer;
    this.menu = new Menu({ icon: "panes", label: "Panes", text: "Panes", help: "which are on show, and in what order" });
    this.list = make("ul", { class: "pane-list" });
    this.menu.panel.append(this.list);
    viewer.tools.group("Layout").append(this.menu.element, viewer.controls.menu.element);
    this.order = viewer.allPanes.map((pane) => pane.key);
    this.rows = new Map(viewer.allPanes.map((pane) => [pane.key, this.makeRow(pane)]));
    this.apply();
  }

  makeRow(pane) {
    const name = pane.name.textContent;
    const control = make("input", { type: "checkbox", on: { change: () => this.toggle(pane.key, control.checked) } });
    const move = (icon, label, step) => toolButton({ icon, label: `${label}: ${name}`, onClick: (event) => this.move(pane.key, step, event.currentTarget) });
    const [up, down] = [move("up", "Earlier", -1), move("down", "Later", 1)];
    return { control, up, down, element: make("li", {}, make("label", { class: "field switch" }, control, make("span", { text: name })), up, down) };
  }

  toggle(key, on) {
    const pane = this.viewer.allPanes.find((each) => each.key === key);
    if (!on && this.viewer.allPanes.filter((each) => !each.hidden).length === 1) return this.apply(); // one stays
    pane.hidden = !on;
    this.apply();
  }

  move(key, step, button) {
    const at = this.order.indexOf(key);
    const to = at + step;
    if (to < 0 || to >= this.order.length) return;
    [this.order[at], this.order[to]] = [this.order[to], this.order[at]];
    this.apply();
    if (!button.disabled) button.focus();
  }

  apply() {
    const panes = new Map(this.viewer.allPanes.map((pane) => [pane.key, pane]));
    this.viewer.grid.append(...this.order.map((key) => panes.get(key).element));
    this.list.append(...this.order.map((key) => this.rows.get(key).element));
    this.order.forEach((key, i) => {
      const { control, up, down } = this.rows.get(key);
      panes.get(key).element.hidden = panes.get(key).hidden;
      control.checked = !panes.get(key).hidden;
      up.disabled = i === 0;
      down.disabled = i === this.order.length - 1;
    });
    this.viewer.grid.dataset.count = String([...panes.values()].filter((pane) => !pane.hidden).length);
    this.viewer.notify("onLayout");
    this.viewer.kick(true);
  }

  onState() {
    const hidden = this.viewer.allPanes.filter((pane) => pane.hidden).map((pane) => pane.key);
    const same = (a, b) => a.join() === b.join();
    if (same(this.order, this.viewer.allPanes.map((pane) => pane.key)) && same(hidden, this.viewer.hiddenAtFirst)) return null;
    return { order: this.order, hidden };
  }

  /** Unknown names are left out, missing ones come last. */
  restore(state) {
    const keys = this.viewer.allPanes.map((pane) => pane.key);
    const wanted = Array.isArray(state?.order) ? state.order.filter((key, i, all) => keys.includes(key) && all.indexOf(key) === i) : [];
    const hidden = Array.isArray(state?.hidden) ? state.hidden : this.viewer.hiddenAtFirst;
    this.order = [...wanted, ...keys.filter((key) => !wanted.includes(key))];
    for (const pane of this.viewer.allPanes) pane.hidden = hidden.includes(pane.key);
    if (this.viewer.allPanes.every((pane) => pane.hidden)) this.viewer.plain.hidden = false;
    this.apply();
  }
}
