// Asking again where the server is busy: HTTP 429 (this visitor has asked for much) and 503 (all together have).

const TIMES = 7; // further tries, within some two minutes
const FIRST = 1000, LONGEST = 30000; // milliseconds

/** How long to wait before another try: twice as long each time, no less than the server says, and not all at once. */
export function pause(tried, retryAfter, random = Math.random()) {
  return Math.max(Math.min(FIRST * 2 ** tried, LONGEST), 1000 * (Number(retryAfter) || 0)) * (1 + random / 2);
}

/**
 * A `fetch` that asks again where the server is busy, and says so.
 * @param fetch the one that asks once
 * @param say takes a sentence while something waits, "" when nothing does any more
 * @param sleep takes milliseconds
 */
export function patient(fetch, say, sleep = (time) => new Promise((resolve) => { setTimeout(resolve, time); })) {
  let waiting = 0;
  return async (input, init) => {
    for (let tried = 0; ; tried += 1) {
      const answer = await fetch(input, init);
      const again = (answer.status === 429 || answer.status === 503) && tried < TIMES && !(input instanceof Request);
      if (!again) return answer;
      const time = pause(tried, answer.headers.get("Retry-After"));
      waiting += 1;
      say(`The server is busy: this page asks again by itself, next in ${Math.ceil(time / 1000)} s.`);
      await sleep(time);
      waiting -= 1;
      if (!waiting) say("");
    }
  };
}

/** Let all that the page asks wait where it must, Gradio's own scripts included; `explorer:busy` says so. */
export function bePatient() {
  if (globalThis.explorerPatient) return;
  globalThis.explorerPatient = true;
  const say = (detail) => document.dispatchEvent(new CustomEvent("explorer:busy", { detail }));
  globalThis.fetch = patient(globalThis.fetch.bind(globalThis), say);
}
