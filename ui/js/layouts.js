// How panes share the room there is: sides of squares in pixels, worked out without looking at the page.

/**
 * @import { Box, LayoutName, LargeFit, AllFit, PaneEdges } from "./types.d.ts"
 */

/** @type {Record<LayoutName, { label: string, help: string }>} */
export const LAYOUTS = {
  all: { label: "All", help: "every pane fits the window" },
  one: { label: "One", help: "one large pane, the others in a strip" },
  two: { label: "Two", help: "two panes side by side, the others in a strip" },
  grid: { label: "Grid", help: "rows as wide as the page, numbers below each pane" },
};
/**
 * Panes that are large in a layout; where none is, all are alike.
 * @type {Record<LayoutName, number>}
 */
export const LARGE = { all: 0, one: 1, two: 2, grid: 0 };

const THUMB = { least: 84, most: 168 }; // sides of the panes of a strip
const PER_ROW = 4; // panes of a strip that lies below

/**
 * Columns and side with which all panes fit a box, as large as can be; of ways that are alike, the one with the fewest
 * rows, then the fewest columns.
 * @param {number} count at least 1
 * @param {Box} box
 * @param {PaneEdges} edges
 * @param {number} least side, where the box is too low for all: then they are higher than the box
 * @returns {AllFit}
 */
export function fitAll(count, { width, height }, { gap, around }, least) {
  let best = { columns: 1, side: 0, rows: count };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const across = (width - (columns - 1) * gap) / columns;
    const down = (height - (rows - 1) * gap) / rows - around;
    const side = Math.floor(Math.min(across, Math.max(down, Math.min(least, across))));
    if (side > best.side || (side === best.side && rows < best.rows)) best = { columns, side, rows };
  }
  return { columns: best.columns, side: best.side };
}

/**
 * One or two large panes with a strip of the others at their right: the large ones as large as can be, then the strip.
 * @param {number} large how many are large
 * @param {number} others how many are in the strip
 * @param {Box} box
 * @param {PaneEdges} edges
 * @param {number} least side of a large one
 * @returns {LargeFit} `columns` of the strip and the side of its panes; none where there are no others
 */
export function fitLarge(large, others, { width, height }, { gap, around, small }, least) {
  const room = Math.max(height, least + around);
  /** @param {number} strip */
  const sideBeside = (strip) => Math.floor(Math.min((width - strip - (large - 1) * gap) / large, room - around));
  if (others === 0) return { side: sideBeside(0), columns: 0, thumb: 0 };
  let best = { side: 0, columns: 1, thumb: 0 };
  for (let columns = 1; columns <= others; columns++) {
    const rows = Math.ceil(others / columns);
    const fits = Math.floor((room - (rows - 1) * gap) / rows - small);
    const thumb = Math.max(THUMB.least, Math.min(THUMB.most, fits));
    const side = fits < THUMB.least && columns < others ? 0 : sideBeside(columns * (thumb + gap));
    if (side > best.side || (side === best.side && thumb > best.thumb)) best = { side, columns, thumb };
  }
  return best;
}

/**
 * The same on a narrow page: large panes beside each other, the strip in rows below them.
 * @param {number} large
 * @param {number} others
 * @param {Box} box
 * @param {PaneEdges} edges
 * @returns {LargeFit}
 */
export function fitNarrow(large, others, { width }, { gap }) {
  const columns = others === 0 ? 0 : PER_ROW;
  const thumb = others === 0 ? 0 : Math.floor((width - (PER_ROW - 1) * gap) / PER_ROW);
  return { side: Math.floor((width - (large - 1) * gap) / large), columns, thumb };
}

/**
 * The panes that are large after one is chosen. With two, the right one changes, or the left one with Shift; one that
 * stands at the other side changes places.
 * @param {string[]} leads names of those that are large now
 * @param {string} name
 * @param {boolean} left
 * @returns {string[]}
 */
export function chosenLeads(leads, name, left) {
  if (leads.length < 2) return [name];
  const [first, second] = leads;
  if (left) return [name, name === second ? first : second];
  return name === first ? [second, first] : [first, name];
}

/**
 * The panes that are large after turning pages: the last one moves on through all that are not beside it.
 * @param {string[]} leads
 * @param {string[]} shown names of all panes, in their order
 * @param {number} pages forward or back; the ends are ends
 * @returns {string[]}
 */
export function turnedLeads(leads, shown, pages) {
  const kept = leads.slice(0, -1);
  const stack = shown.filter((name) => !kept.includes(name));
  const at = stack.indexOf(leads[leads.length - 1]);
  return [...kept, stack[Math.min(stack.length - 1, Math.max(0, at + pages))]];
}

/**
 * As many large panes as a layout has, all of which are on show.
 * @param {string[]} wanted
 * @param {string[]} shown at least one
 * @param {number} count
 * @returns {string[]}
 */
export function leadsOf(wanted, shown, count) {
  const known = [...wanted, ...shown].filter((name, i, all) => shown.includes(name) && all.indexOf(name) === i);
  return known.slice(0, count);
}
