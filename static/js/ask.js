/** One question before something that cannot be taken back; answers `null` (no) or the reason typed ("" when none is asked for). */
import { word } from "./words.js";

export function ask(question, reasonLabel = "", label = "", presets = []) {
  const dialog = build(question, reasonLabel, label, presets);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const reason = dialog.querySelector("input")?.value.trim() ?? "";
      resolve(dialog.returnValue === "yes" ? reason : null);
      dialog.remove();
    });
  });
}

function build(question, reasonLabel, label, presets) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  form.append(Object.assign(document.createElement("p"), { textContent: question }));
  if (presets.length) form.append(quick(presets, form));
  if (reasonLabel) form.append(reasonField(reasonLabel));
  const buttons = Object.assign(document.createElement("div"), { className: "buttons" });
  buttons.append(choice("yes", label || word("yes"), "btn main"), choice("no", word("cancel"), "btn"));
  form.append(buttons);
  dialog.append(form);
  return dialog;
}

/** Usual reasons, one press each; the number keys press them. */
function quick(presets, form) {
  const row = Object.assign(document.createElement("div"), { className: "buttons presets" });
  presets.forEach((text, at) => {
    const button = Object.assign(document.createElement("button"), { value: "yes", className: "btn small", formNoValidate: true });
    button.append(Object.assign(document.createElement("kbd"), { textContent: at + 1 }), " ", text);
    button.addEventListener("click", () => (form.querySelector("input").value = text));
    row.append(button);
  });
  form.addEventListener("keydown", (event) => {
    if (/^[1-9]$/.test(event.key) && event.target.localName !== "input") row.children[event.key - 1]?.click();
  });
  return row;
}

function reasonField(reasonLabel) {
  const field = Object.assign(document.createElement("label"), { className: "field" });
  const caption = Object.assign(document.createElement("span"), { textContent: reasonLabel });
  const input = Object.assign(document.createElement("input"), { required: true, maxLength: 200, autocomplete: "off" });
  field.append(caption, input);
  return field;
}

function choice(value, text, className) {
  const button = Object.assign(document.createElement("button"), { value, textContent: text, className });
  if (value === "no") button.formNoValidate = true;
  return button;
}
