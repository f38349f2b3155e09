// How many rows are ticked, and ticking the whole page at once. Without it each row is ticked by itself.

const TICKS = "td.tick > input";
const ALL = "[data-ticks-all]";

function showTicked() {
  const ticks = [...document.querySelectorAll(TICKS)];
  const ticked = ticks.filter((tick) => tick.checked).length;
  for (const all of document.querySelectorAll(ALL)) {
    all.checked = ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
  }
  for (const number of document.querySelectorAll("[data-ticked]")) number.textContent = ticked;
  for (const button of document.querySelectorAll("[data-needs-ticked]")) {
    button.hidden = ticked !== Number(button.dataset.needsTicked);
  }
}

document.addEventListener("change", (event) => {
  if (!event.target.matches(`${TICKS}, ${ALL}`)) return;
  if (event.target.matches(ALL)) {
    for (const tick of document.querySelectorAll(TICKS)) tick.checked = event.target.checked;
  }
  showTicked();
});

// Going back, a browser ticks again what was ticked.
window.addEventListener("pageshow", showTicked);
