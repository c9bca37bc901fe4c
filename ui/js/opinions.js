// What several models say together: their mean, and how far apart they are.

/**
 * Mean and disagreement of the models that predict each finding; null where undefined.
 * @param {(number | null)[][]} opinions probabilities of one model each, in the order of the findings
 * @returns {{mean: (number | null)[], apart: (number | null)[]}} `apart`: the largest minus the smallest
 */
export function together(opinions) {
  const said = (opinions[0] ?? []).map((_, i) =>
    opinions.map((values) => values[i]).filter((value) => value !== null && value !== undefined),
  );
  return {
    mean: said.map((values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null)),
    apart: said.map((values) => (values.length > 1 ? Math.max(...values) - Math.min(...values) : null)),
  };
}
