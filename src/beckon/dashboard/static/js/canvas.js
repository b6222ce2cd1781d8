// The picture of a workflow: one wider than the screen opens on what starts it. One that is edited
// stays where it was scrolled to, and the arrows walk through its boxes and gaps.

const AHEAD = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
const ASIDE_COSTS = 3;

let scrolled = null;

document.addEventListener("DOMContentLoaded", () => {
  const canvas = document.querySelector(".drawing");
  const first = canvas?.querySelector(".is-trigger");
  if (first) canvas.scrollLeft = middle(first)[0] - middle(canvas)[0];
});

document.addEventListener("htmx:beforeSwap", () => {
  const canvas = document.querySelector("[data-canvas]");
  scrolled = canvas && [canvas.scrollLeft, canvas.scrollTop];
});

document.addEventListener("htmx:afterSettle", () => {
  const canvas = document.querySelector("[data-canvas]");
  if (!canvas || !scrolled) return;
  [canvas.scrollLeft, canvas.scrollTop] = scrolled;
  canvas.querySelector(".is-open")?.scrollIntoView({ block: "nearest", inline: "nearest" });
});

function middle(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}

/** Finds the nearest button in a direction; what lies aside counts as farther. */
function next(canvas, from, [right, down]) {
  const [x, y] = middle(from);
  let best = null;
  let nearest = Infinity;
  for (const button of canvas.querySelectorAll("button")) {
    const [toRight, toDown] = middle(button).map((value, axis) => value - [x, y][axis]);
    const ahead = toRight * right + toDown * down;
    if (ahead <= 1) continue;
    const far = ahead + ASIDE_COSTS * Math.abs(toRight * down + toDown * right);
    if (far < nearest) [best, nearest] = [button, far];
  }
  return best;
}

document.addEventListener("keydown", (event) => {
  const canvas = event.target.closest("[data-canvas]");
  const direction = AHEAD[event.key];
  if (!canvas || !direction || event.target === canvas) return;
  const found = next(canvas, event.target, direction);
  if (!found) return;
  event.preventDefault();
  found.focus();
});
