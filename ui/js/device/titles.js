// What people read of an upload's name: see ui/naming.py, which says the same.

const STEM = /^upload(?:-(\d{1,5}))?(?:-([01]\d|2[0-3])([0-5]\d))?(?:-phantom)?$/;

/**
 * @param {string} name as js/files/names.js gives it: "upload-1-1852.dcm"
 * @returns {string} "Upload 1, 18:52"; other names stay
 */
export function titleOf(name) {
  const stem = name.replace(/\.[A-Za-z]{1,5}$/, "");
  const known = STEM.exec(stem);
  if (!known) return stem || "upload";
  const [, number, hours, minutes] = known;
  return `Upload${number ? ` ${number}` : ""}${hours ? `, ${hours}:${minutes}` : ""}`;
}
