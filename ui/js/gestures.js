// What presses, drags and the wheel mean over a pane, as in a PACS; nothing here touches the page.

/** @import { Press, WheelEffect } from "./types.d.ts" */

const LEFT = 0;
const MIDDLE = 1;
const RIGHT = 2;
const LINE = 16; // pixels of a wheel that counts lines
const PAGE = 400; // and of one that counts pages
const SPEED = 0.0022; // of zooming, for each pixel of the wheel
const PINCH = 4; // a pinch on a touchpad comes as small steps of a wheel with Ctrl
const NOTCH = 100; // pixels of the wheel that turn one page
const PAUSE = 300; // milliseconds after which turning begins anew
const TAP = 800; // milliseconds that Space is pressed at most to count as a tap

/**
 * What a press begins: the chosen tool, or one of two that are at hand in every tool.
 * @param {{ button: number, shiftKey: boolean }} event
 * @param {boolean} space whether Space is held
 * @returns {Press | null} null for none: Shift and the right button open the browser's menu
 */
export function pressOf({ button, shiftKey }, space) {
  if (button === LEFT) return space ? "pan" : "tool";
  if (button === MIDDLE) return "pan";
  return button === RIGHT && !shiftKey ? "window" : null;
}

/**
 * What the wheel does over a pane.
 * @param {{ ctrlKey: boolean, metaKey: boolean, shiftKey: boolean }} event
 * @param {boolean} pages whether it turns the pages of a stack
 * @returns {WheelEffect}
 */
export function wheelEffect({ ctrlKey, metaKey, shiftKey }, pages) {
  if (ctrlKey || metaKey) return "zoom";
  if (shiftKey) return "scroll";
  return pages ? "page" : "zoom";
}

/**
 * How far a wheel was turned, in pixels; with Shift browsers report it as sideways.
 * @param {{ deltaX: number, deltaY: number, deltaMode: number }} event
 * @returns {number}
 */
export function wheelPixels({ deltaX, deltaY, deltaMode }) {
  return (deltaY || deltaX) * [1, LINE, PAGE][deltaMode];
}

/**
 * @param {number} pixels of the wheel, down is positive
 * @param {boolean} pinched whether Ctrl is held, by a finger or by the browser for a pinch
 * @returns {number} by which the picture grows
 */
export function zoomFactor(pixels, pinched) {
  const faster = pinched && Math.abs(pixels) < 20 ? PINCH : 1;
  return Math.exp(-pixels * SPEED * faster);
}

/** A wheel as pages: a notch is one, and small steps of a touchpad add up. */
export class Paging {
  sum = 0;
  last = 0;

  /**
   * @param {number} pixels
   * @param {number} now milliseconds
   * @returns {number} pages to turn, forward or back
   */
  turn(pixels, now) {
    if (now - this.last > PAUSE || pixels * this.sum < 0) this.sum = 0;
    this.last = now;
    this.sum += pixels;
    const pages = Math.trunc(this.sum / NOTCH);
    this.sum -= pages * NOTCH;
    return pages;
  }
}

/** The key Space, which is held to pan; let go soon and without a press it is a tap. */
export class Space {
  /** @type {number | null} */
  since = null; // milliseconds
  used = false;

  /** @returns {boolean} */
  get held() {
    return this.since !== null;
  }

  /** @param {number} now */
  press(now) {
    this.since ??= now;
  }

  /** Something is pressed meanwhile. */
  use() {
    this.used = this.held;
  }

  /**
   * @param {number} now
   * @returns {boolean} whether it was a tap
   */
  release(now) {
    const tap = this.since !== null && !this.used && now - this.since < TAP;
    this.since = null;
    this.used = false;
    return tap;
  }
}
