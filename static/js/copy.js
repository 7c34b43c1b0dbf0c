/** One press puts a text on the clipboard: `data-copies="<element id>"`. Works on plain http as well. */
import { toast } from "./toast.js";
import { word } from "./words.js";

async function copy(source) {
  const text = (source.dataset.text ?? source.textContent).trim().replace(/[ \t]*\n\s*/g, "\n");
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const range = document.createRange();
  range.selectNodeContents(source);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  if (!document.execCommand("copy")) throw new Error("copy");
}

async function pressed(event) {
  const button = event.target.closest("[data-copies]");
  const source = button && document.getElementById(button.dataset.copies);
  if (!source) return;
  try {
    await copy(source);
    toast(word("copied"), "good");
  } catch {
    toast(word("not_copied"), "warn");
  }
}

export function start() {
  document.addEventListener("click", pressed);
}
