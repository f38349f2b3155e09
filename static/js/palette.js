// The palette over every page; without script the search box and the palette's own page do the same.

const palette = document.getElementById("palette");
const paletteBox = palette?.querySelector("input");
const paletteHits = document.getElementById("palette-hits");
// What Enter asked for before its answer came: "chosen" or "all".
let awaited = "";

const options = () => [...paletteHits.querySelectorAll('[role="option"]')];
const chosen = () => paletteHits.querySelector('[aria-selected="true"]');
const list = () => document.getElementById("palette-list");
// An answer to what somebody had typed before must not decide where Enter leads.
const isUpToDate = () => list()?.dataset.typed === paletteBox.value;

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) paletteBox.setAttribute("aria-activedescendant", option.id);
  else paletteBox.removeAttribute("aria-activedescendant");
}

function chooseNext(step) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  choose(all[(at + step + all.length) % all.length]);
}

function openPalette() {
  palette.showModal();
  paletteBox.select();
  htmx.trigger(paletteBox, "palette");
}

function showAnswer() {
  options().forEach((option, number) => { option.id = `palette-hit-${number}`; });
  paletteBox.setAttribute("aria-expanded", String(options().length > 0));
  document.getElementById("palette-said").textContent = paletteBox.value.trim() ? (list()?.dataset.said ?? "") : "";
  choose(options()[0]);
  if (awaited && isUpToDate()) follow(awaited);
}

function follow(what) {
  awaited = "";
  const link = what === "all" ? paletteHits.querySelector("[data-all]") : chosen();
  link?.click();
}

function onPaletteKey(event) {
  if (event.isComposing || (event.key === "Enter" && event.target !== paletteBox)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    chooseNext(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    const what = event.ctrlKey || event.metaKey ? "all" : "chosen";
    if (isUpToDate()) follow(what);
    else awaited = what;
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

if (palette) {
  palette.addEventListener("keydown", onPaletteKey);
  for (const change of ["input", "close"]) palette.addEventListener(change, () => { awaited = ""; });
  // Whoever was quicker than the scripts of the page gets the answer as well.
  document.addEventListener("DOMContentLoaded", () => { if (palette.open) htmx.trigger(paletteBox, "palette"); });
  paletteHits.addEventListener("htmx:afterSettle", showAnswer);
  palette.addEventListener("mousemove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== chosen()) choose(option);
  });
  // A click beside the palette closes it.
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    const isControlK = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target);
    if (!isControlK && !isSlash) return;
    if (document.querySelector("dialog[open]")) {
      if (isControlK) event.preventDefault();
      return;
    }
    event.preventDefault();
    openPalette();
  });
}
