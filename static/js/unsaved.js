// What somebody typed into a form is not lost by a wrong click: the browser asks before it leaves the page.

const typed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest('main form[method="post"]');
  if (form) typed.add(form);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[hx-post]")) typed.clear();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  for (const form of typed) {
    if (event.detail.target.contains(form)) typed.delete(form);
  }
});

// It is saved, or the session had ended and the server has kept what was typed.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const xhr = event.detail.xhr;
  if (xhr.getResponseHeader("HX-Redirect") || xhr.getResponseHeader("HX-Refresh")) typed.clear();
});

window.addEventListener("beforeunload", (event) => {
  if ([...typed].some((form) => form.isConnected)) event.preventDefault();
});
