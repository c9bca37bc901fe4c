// Drawing at the pace of the screen.

/**
 * A function that draws in the next animation frame, once, however often it is called until then.
 * @param {() => void} draw
 * @returns {() => void}
 */
export function oncePerFrame(draw) {
  let waiting = false;
  const run = () => {
    waiting = false;
    draw();
  };
  return () => {
    if (!waiting) requestAnimationFrame(run);
    waiting = true;
  };
}
