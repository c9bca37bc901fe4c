// Asking again where the server is busy: HTTP 429 (this visitor has asked for much) and 503 (all together have).

const TIMES = 7; // further tries, within some two minutes
const FIRST = 1000; // milliseconds
const LONGEST = 30000;
/** The event of the document that says, in a sentence or "", whether something waits. */
export const BUSY = "explorer:busy";
let isPatient = false;

/**
 * How long to wait before another try: twice as long each time, no less than the server says, and not all at once.
 * @param {number} tried how often it was tried already, from 0
 * @param {string | null} retryAfter what the server says, in seconds
 * @returns {number} milliseconds
 */
export function pause(tried, retryAfter, random = Math.random()) {
  return Math.max(Math.min(FIRST * 2 ** tried, LONGEST), 1000 * (Number(retryAfter) || 0)) * (1 + random / 2);
}

/**
 * @param {number} time milliseconds
 * @returns {Promise<void>}
 */
function rest(time) {
  return new Promise((resolve) => {
    setTimeout(resolve, time);
  });
}

/**
 * @param {Response} answer
 * @param {RequestInfo | URL} input a Request's body can be sent only once
 */
function isBusy(answer, input) {
  return (answer.status === 429 || answer.status === 503) && !(input instanceof Request);
}

/**
 * A `fetch` that asks again where the server is busy, and says so.
 * @param {typeof globalThis.fetch} fetch the one that asks once
 * @param {(sentence: string) => void} say is given a sentence while something waits, "" when nothing does any more
 * @returns {typeof globalThis.fetch}
 */
export function patient(fetch, say, sleep = rest) {
  let waiting = 0;
  return async (input, init) => {
    for (let tried = 0; ; tried += 1) {
      const answer = await fetch(input, init);
      if (!isBusy(answer, input) || tried === TIMES) return answer;
      const time = pause(tried, answer.headers.get("Retry-After"));
      waiting += 1;
      say(`The server is busy: this page asks again by itself, next in ${Math.ceil(time / 1000)} s.`);
      await sleep(time);
      waiting -= 1;
      if (!waiting) say("");
    }
  };
}

/** Let all that the page asks wait where it must, Gradio's own scripts included; the event BUSY says so. */
export function bePatient() {
  if (isPatient) return;
  isPatient = true;
  const say = (/** @type {string} */ detail) => document.dispatchEvent(new CustomEvent(BUSY, { detail }));
  globalThis.fetch = patient(globalThis.fetch.bind(globalThis), say);
}

/**
 * The sentence of an event BUSY.
 * @param {Event} event
 */
export function saidBy(event) {
  return event instanceof CustomEvent ? String(event.detail) : "";
}
