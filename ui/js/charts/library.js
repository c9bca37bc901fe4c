// Plotly, which is large: fetched from this server when the first chart comes into sight, and once.

/** @import { Plotly } from "./types.d.ts" */

/** @type {Promise<Plotly> | null} */
let loading = null;

/**
 * @param {string} place of plotly.min.js, below the app's root
 * @returns {Promise<Plotly>}
 */
export function loadPlotly(place) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${globalThis.gradio_config.root.replace(/\/$/, "")}/${place}`;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => reject(new Error("The charts' library could not be fetched; reload the page."));
    document.head.append(script);
  });
  return loading;
}
