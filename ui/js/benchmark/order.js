// Order statistics without sorting everything.

/**
 * The k-th smallest of some values (0: the smallest), which are moved so that no earlier one is larger and no later one
 * smaller (Hoare's selection).
 * @param {Float64Array} values without NaN
 * @param {number} k
 * @param {number} [from] where to look: earlier values are known to be no larger
 * @param {number} [to] behind the last one
 * @returns {number}
 */
export function nthSmallest(values, k, from = 0, to = values.length) {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break; // between both all equal the pivot
  }
  return values[k];
}
