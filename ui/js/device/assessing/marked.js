// The note that `python -m data_cache phantom` writes into its images; data_cache/simulated_mark.py.

const NOTE = "Simulated radiograph, no patient (MedicalPatchNet Explorer, data_cache phantom)";
const AT_PNG = 37; // after the first chunk and the length of this one
const JFIF = "\xff\xd8\xff\xe0"; // its own segment comes first, then the comment

/**
 * Whether a file has the note where it was written.
 * @param {Uint8Array} bytes
 */
export function isMarked(bytes) {
  /** @type {(at: number, text: string) => boolean} */
  const has = (at, text) => [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  const jpeg = 4 + bytes[4] * 256 + bytes[5];
  return has(AT_PNG, `tEXtSource\0${NOTE}`) || (has(0, JFIF) && has(jpeg + 4, NOTE) && has(jpeg, "\xff\xfe"));
}
