// Dice beside IoU: of one map and mask either follows from the other.
import { meanOf } from "./resampling.js";

/** @import { Board } from "./board.js" */

/**
 * The mean Dice of a method in a row, over the cases of which the board has an IoU; of the mean that over findings.
 * @param {Board} board of an IoU
 * @param {number} m
 * @param {number} row
 * @returns {number} NaN without any
 */
export function meanDice(board, m, row) {
  const means = board.findingsOf(row).map((f) => meanOf(board.values[m][f].map((iou) => (2 * iou) / (1 + iou)))[0]);
  return meanOf(means)[0];
}
