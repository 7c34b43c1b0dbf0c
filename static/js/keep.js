/** A patch replaces elements: the focus and the selected item survive it when their likeness comes back. */

let kept = null;

function likeness(element) {
  if (!element || element === document.body) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const holder = element.closest("[id]");
  const inside = ["data-command", "data-field", "data-key", "name"].filter((name) => element.hasAttribute(name));
  if (!holder || !inside.length) return null;
  const same = inside.map((name) => `[${name}="${CSS.escape(element.getAttribute(name))}"]`).join("");
  const args = element.dataset.args ? `[data-args="${CSS.escape(element.dataset.args)}"]` : "";
  return `#${CSS.escape(holder.id)} ${element.localName}${same}${args}`;
}

function before() {
  const active = document.activeElement;
  kept = { focus: likeness(active), element: active, chosen: document.querySelector("[data-item].chosen")?.id };
}

function after() {
  if (!kept) return;
  const item = kept.chosen && document.getElementById(kept.chosen);
  if (item) item.classList.add("chosen");
  if (kept.focus && !kept.element.isConnected) document.querySelector(kept.focus)?.focus({ preventScroll: true });
  kept = null;
}

/** What a person was typing into a form of a replaced part. */
function carryDrafts(event) {
  const drafts = new Map();
  for (const task of event.detail.tasks ?? []) {
    if (!(task.target instanceof Element)) continue;
    for (const input of task.target.querySelectorAll("form :is(input, textarea, select)[name]")) {
      const path = input.type !== "checkbox" && input.type !== "radio" && input.value !== start(input) ? likeness(input) : null;
      if (path) drafts.set(path, input.value);
    }
    for (const open of task.target.querySelectorAll("details[id][open]")) drafts.set(`#${CSS.escape(open.id)}`, true);
  }
  if (drafts.size) document.addEventListener("htmx:after:swap", () => putBack(drafts), { once: true });
}

function start(input) {
  return input.localName === "select" ? (input.querySelector("option[selected]") ?? input.options[0])?.value : input.defaultValue;
}

function putBack(drafts) {
  for (const [path, value] of drafts) {
    const element = document.querySelector(path);
    if (element?.localName === "details") element.open = true;
    else if (element && element.value !== value) element.value = value;
  }
}

export function begin() {
  document.addEventListener("htmx:before:swap", before);
  document.addEventListener("htmx:before:swap", carryDrafts);
  document.addEventListener("htmx:after:swap", after);
}
