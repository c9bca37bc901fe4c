// Plotly, which is large: fetched from this server when the first chart comes into sight, and once.

/** @typedef {import("./types").Plotly} Plotly */

/** @type {Promise<Plotly> | null} */
let loading = null;

/** @param {string} url of plotly.min.js @returns {Promise<Plotly>} */
export function loadPlotly(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(/** @type {{ Plotly: Plotly }} */ (/** @type {unknown} */ (globalThis)).Plotly);
    script.onerror = () => reject(new Error("The charts' library could not be fetched; reload the page."));
    document.head.append(script);
  });
  return loading;
}
