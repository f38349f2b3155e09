// Everything here makes a working page quicker to use; no page depends on it.

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function moveThroughRows(step) {
  const links = [...document.querySelectorAll("main .row-link")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.max(0, Math.min(links.length - 1, next))].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("main form, dialog form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.key === "Escape") {
    event.target.closest(".fact--open")?.querySelector("[data-cancels]").click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    document.getElementById("shortcuts").showModal();
  } else if (event.key === "j") {
    moveThroughRows(1);
  } else if (event.key === "k") {
    moveThroughRows(-1);
  }
});

// A search stays within what narrows the list by now, also where only a part of the page was loaded since.
document.addEventListener("submit", (event) => {
  const form = event.target.closest(".search form");
  if (!form || new URL(form.action).pathname !== location.pathname) return;
  form.querySelectorAll("input[type=hidden]").forEach((kept) => kept.remove());
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name === "q" || name === "cursor") continue;
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(kept);
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens).showModal();
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    closer.closest(closer.dataset.closes).remove();
    return;
  }
  const reveal = event.target.closest(".password__reveal");
  if (reveal) {
    const box = document.getElementById(reveal.getAttribute("aria-controls"));
    const shown = box.type === "password";
    box.type = shown ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shown));
  }
});

// The language changes on the page as it stands, also where only a part of it was loaded since.
document.addEventListener("submit", (event) => {
  if (event.target.id === "setting") event.target.elements.next.value = location.pathname + location.search;
});

// The theme changes at once and nothing typed on the page is lost; the cookie comes with the answer.
document.addEventListener("submit", async (event) => {
  if (event.submitter?.name !== "theme") return;
  event.preventDefault();
  const theme = event.submitter.value;
  const answer = await fetch(event.submitter.formAction, {
    method: "POST",
    body: new FormData(event.target, event.submitter),
    redirect: "manual",
  });
  if (answer.type !== "opaqueredirect" && !answer.ok) return;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
});

function showToast(name) {
  const template = document.querySelector(`template[data-toast="${name}"]`);
  if (template) template.parentElement.append(template.content.cloneNode(true));
}

document.addEventListener("htmx:sendError", () => showToast("load-failed"));
document.addEventListener("htmx:responseError", () => showToast("load-failed"));

// A session that ended answers a fragment with the login page: show it as a page, not inside a panel.
document.addEventListener("htmx:beforeSwap", (event) => {
  const address = event.detail.xhr.responseURL;
  if (address && new URL(address).pathname === document.body.dataset.login) {
    event.detail.shouldSwap = false;
    // What comes along while somebody types must not take what they typed away.
    if (!event.detail.target.matches("[data-while-typing]")) window.location.reload();
  }
});

function focusFirstProblem(root) {
  const problem = root.querySelector("[data-takes-focus]");
  if (problem) problem.focus();
}

document.addEventListener("DOMContentLoaded", () => focusFirstProblem(document));
document.addEventListener("htmx:afterSettle", (event) => focusFirstProblem(event.target));
