// What somebody typed into a form is not lost by a wrong click: the browser asks before it leaves the page.

const typed = new Set();
let sent = null;

document.addEventListener("input", (event) => {
  const form = event.target.closest('main form[method="post"]');
  if (form) typed.add(form);
});

// Only what is sent is saved: the language and the log-out are forms too, and save nothing.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[hx-post]")) sent = typed.delete(event.target) ? event.target : null;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  for (const form of typed) {
    if (event.detail.target.contains(form)) typed.delete(form);
  }
});

// What comes along with the answer to one form takes nothing away that stands open in another.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const target = event.detail.target;
  const isInUse = target.matches(".fact--open") || [...typed].some((form) => target.contains(form));
  if (isInUse) event.detail.shouldSwap = false;
});

// What this person saved in one fact is no edit by somebody else to another that stands open.
document.addEventListener("customer-saved", (event) => {
  for (const version of document.querySelectorAll('.fact--open input[name="version"]')) {
    if (version.value === String(event.detail.before)) version.value = event.detail.now;
  }
});

// It is saved, or the session had ended and the server has kept what was typed.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const xhr = event.detail.xhr;
  if (xhr.getResponseHeader("HX-Redirect")) typed.delete(event.detail.elt.closest("form"));
});

window.addEventListener("beforeunload", (event) => {
  if ([...typed].some((form) => form.isConnected)) {
    event.preventDefault();
    // Whoever stays has not sent it.
    if (sent) typed.add(sent);
  }
});
