/** Short notices in the corner; refusals stay until read. */
import { word } from "./words.js";

const LINGER_MS = { good: 3000, warn: 8000, bad: 12000 };

function holder() {
  return document.getElementById("toasts");
}

/** `mood`: good | warn | bad. */
export function toast(text, mood = "bad", title = "") {
  const box = document.createElement("div");
  box.className = `toast ${mood}`;
  box.setAttribute("role", mood === "bad" ? "alert" : "status");
  box.append(sentence(text, title), closer(box));
  holder()?.append(box);
  raise();
  while (holder()?.children.length > 4) holder().firstElementChild.remove();
  setTimeout(() => box.remove(), LINGER_MS[mood]);
}

/** Above whatever dialog was opened since. */
function raise() {
  if (holder()?.matches(":popover-open")) holder().hidePopover?.();
  holder()?.showPopover?.();
}

function sentence(text, title) {
  const paragraph = document.createElement("p");
  if (title) paragraph.append(Object.assign(document.createElement("strong"), { textContent: title }));
  paragraph.append(text);
  return paragraph;
}

function closer(box) {
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    className: "btn quiet small",
    textContent: "✕",
  });
  button.setAttribute("aria-label", word("close"));
  button.addEventListener("click", () => box.remove());
  return button;
}
