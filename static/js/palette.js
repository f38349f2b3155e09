// The palette over every page; without script the search box and the palette's own page do the same.

const palette = document.getElementById("palette");
const paletteBox = palette?.querySelector("input");
const paletteHits = document.getElementById("palette-hits");
// What keys asked for before the answer to what was typed came.
let awaited = [];

const options = () => [...paletteHits.querySelectorAll('[role="option"]')];
const chosen = () => paletteHits.querySelector('[aria-selected="true"]');
const list = () => document.getElementById("palette-list");
// An answer to what somebody had typed before must not decide where keys lead.
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
  // What was found when it was open before is only shown until the answer of now.
  list()?.removeAttribute("data-typed");
  htmx.trigger(paletteBox, "palette");
}

function showAnswer() {
  options().forEach((option, number) => { option.id = `palette-hit-${number}`; });
  paletteBox.setAttribute("aria-expanded", String(options().length > 0));
  document.getElementById("palette-said").textContent = paletteBox.value.trim() ? (list()?.dataset.said ?? "") : "";
  choose(options()[0]);
  doAwaited();
}

function doAwaited() {
  if (!isUpToDate()) return;
  const asked = awaited;
  awaited = [];
  asked.forEach((act) => act());
}

function actOf(event) {
  if (event.key === "ArrowDown") return () => chooseNext(1);
  if (event.key === "ArrowUp") return () => chooseNext(-1);
  if (event.key !== "Enter" || event.target !== paletteBox) return null;
  if (event.ctrlKey || event.metaKey) return () => paletteHits.querySelector("[data-all]")?.click();
  return () => chosen()?.click();
}

function onPaletteKey(event) {
  const act = event.isComposing ? null : actOf(event);
  if (!act) return;
  awaited.push(act);
  doAwaited();
  event.preventDefault();
  event.stopPropagation();
}

if (palette) {
  palette.addEventListener("keydown", onPaletteKey);
  for (const change of ["input", "close"]) palette.addEventListener(change, () => { awaited = []; });
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
