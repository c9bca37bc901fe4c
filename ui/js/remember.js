// Things that are made once.

/**
 * What a map holds under a key; made when it is first asked for.
 * @template K, V
 * @param {Map<K, V>} known
 * @param {K} key
 * @param {() => V} make
 * @returns {V}
 */
export function remember(known, key, make) {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
