// The cases of a cohort by patient: what is resampled and flipped together.

/**
 * The patient of each case: as a dataset says, else the id up to "_study", else the id.
 * @param {string[]} cases ids
 * @param {string[] | null} [said]
 * @returns {string[]}
 */
export const patientsOf = (cases, said) => said ?? cases.map((id) => id.split("_study")[0]);

export class Patients {
  /** @param {string[]} names of the patient of each case */
  constructor(names) {
    const order = [...new Set(names)].sort();
    const place = new Map(order.map((name, i) => [name, i]));
    this.size = order.length;
    this.of = Int32Array.from(names, (name) => place.get(name) ?? 0); // of each case
  }

  /**
   * Sums of values (one a case, NaN where undefined) over each patient's cases, and how many values a sum has.
   * @param {ArrayLike<number>} values
   */
  sums(values) {
    const sums = new Float64Array(this.size);
    const counts = new Float64Array(this.size);
    for (let c = 0; c < values.length; c++) {
      if (values[c] !== values[c]) continue;
      sums[this.of[c]] += values[c];
      counts[this.of[c]]++;
    }
    return { sums, counts };
  }

  /**
   * How many patients have a value.
   * @param {...ArrayLike<number>} columns of values
   * @returns {number}
   */
  known(...columns) {
    const found = new Uint8Array(this.size);
    for (const values of columns) {
      for (let c = 0; c < values.length; c++) if (values[c] === values[c]) found[this.of[c]] = 1;
    }
    return found.reduce((sum, one) => sum + one, 0);
  }
}
