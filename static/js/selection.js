// How many rows are ticked, and ticking the whole page at once. Without it each row is ticked by itself.

const TICKS = "td.tick > input";

function showTicked(table) {
  const ticks = [...table.querySelectorAll(TICKS)];
  const ticked = ticks.filter((tick) => tick.checked).length;
  const all = table.querySelector("[data-ticks-all]");
  all.checked = ticked === ticks.length;
  all.indeterminate = ticked > 0 && ticked < ticks.length;
  for (const number of document.querySelectorAll("[data-ticked]")) number.textContent = ticked;
}

document.addEventListener("change", (event) => {
  const table = event.target.closest("table");
  if (!table || !event.target.matches(`${TICKS}, [data-ticks-all]`)) return;
  if (event.target.matches("[data-ticks-all]")) {
    for (const tick of table.querySelectorAll(TICKS)) tick.checked = event.target.checked;
  }
  showTicked(table);
});

// Going back, a browser ticks again what was ticked.
window.addEventListener("pageshow", () => {
  const all = document.querySelector("[data-ticks-all]");
  if (all) showTicked(all.closest("table"));
});
