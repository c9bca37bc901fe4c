// Numbers in sentences as Python writes them: {:g}, {:.0%} and {:,}, ties to even.

/**
 * @param {number} value
 * @param {number} digits that count
 * @returns {string} in exponential form, ties to even
 */
function exponential(value, digits) {
  const exact = value.toExponential(100);
  const [mantissa, power] = exact.split("e");
  const all = mantissa.replace(/[-.]/g, "");
  const isTie = /^50*$/.test(all.slice(digits));
  if (!isTie || Number(all[digits - 1]) % 2) return value.toExponential(digits - 1);
  const kept = all.slice(0, digits);
  return `${value < 0 ? "-" : ""}${kept[0]}${digits > 1 ? `.${kept.slice(1)}` : ""}e${power}`;
}

/**
 * A number as `{:g}`.
 * @param {number} value finite
 * @param {number} [digits] that count
 * @returns {string}
 */
export function general(value, digits = 6) {
  if (!value) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, power] = exponential(value, digits).split("e");
  const exponent = Number(power);
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  if (exponent < -4 || exponent >= digits) {
    return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = value < 0 ? "-" : "";
  const figures = short.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${figures}`;
  const whole = figures.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return sign + whole + (figures.length > exponent + 1 ? `.${figures.slice(exponent + 1)}` : "");
}

/**
 * To the nearest whole number, ties to even.
 * @param {number} value
 * @returns {number}
 */
export function rounded(value) {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 ? near - 1 : near;
}

const TAIL = 40; // digits: more than a number that is close to a tie, and is none, agrees with it

/**
 * A number as `{:.2f}`: of its exact value, ties to even.
 * @param {number} value
 * @param {number} digits after the point
 * @returns {string}
 */
export function fixed(value, digits) {
  const exact = value.toFixed(digits + TAIL);
  const kept = exact.slice(0, -TAIL).replace(/\.$/, "");
  return /^50*$/.test(exact.slice(-TAIL)) && Number(kept.at(-1)) % 2 === 0 ? kept : value.toFixed(digits);
}

/**
 * A share as `{:.0%}`.
 * @param {number} share
 * @returns {string}
 */
export const percent = (share) => `${rounded(share * 100)}%`;

/**
 * A whole number as `{:,}`.
 * @param {number} value
 * @returns {string}
 */
export const thousands = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
