// Names of findings as files and people write them.

/**
 * A name's letters and digits alone, as data_cache/findings.py has it.
 * @param {string} name
 */
function plain(name) {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * The place of a finding; CheXlocalize calls Lung Opacity "Airspace Opacity".
 * @param {string} name
 * @param {string[]} findings
 * @returns {number} −1 where it is none of them
 */
export function known(name, findings) {
  const wanted = plain(name) === "airspaceopacity" ? "lungopacity" : plain(name);
  return findings.findIndex((finding) => plain(finding) === wanted);
}
