/**
 * Every action by key. An element says its key with `data-key` ("f", "shift+k", "ArrowRight PageDown"); inside a list
 * with `data-key-list`, j / k move the selection, w goes to the next list, and the keys act on the selected item.
 * Where nothing is selected a key means the first one that has it, except in lists with `data-key-list="chosen"`.
 * Digits and Enter pop a link number.
 */
import { run } from "./command.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

const DIGITS_MS = 4000;
let digits = "";
let digitsTimer;

function typing(target) {
  return target.closest?.('input:not([type="checkbox"],[type="radio"],[type="button"]), textarea, select, [contenteditable], dialog[open]') !== null;
}

/** The pressed key in the words of `data-key`. */
export function named(event) {
  const name = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (name.length > 1 || /[a-z]/.test(name)) ? "shift+" : "";
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + (event.altKey ? "alt+" : "") + shift + name;
}

function visible(element) {
  return element.getClientRects().length > 0 && !element.closest("[data-fresh]");
}

function wants(element, key) {
  return element.dataset.key.split(" ").includes(key);
}

function lists() {
  return [...document.querySelectorAll("[data-key-list]")].filter((each) => items(each).length);
}

function list() {
  const all = lists();
  return all.find((each) => each.contains(document.activeElement)) ?? all.find((each) => each.querySelector(".chosen")) ?? all[0];
}

function items(holder) {
  const all = [...(holder?.querySelectorAll("[data-item]:not([data-gone])") ?? [])].filter(visible);
  return all.sort((one, other) => Number(one.style.order) - Number(other.style.order));
}

export function chosen() {
  return document.querySelector("[data-item].chosen");
}

function choose(item) {
  chosen()?.classList.remove("chosen");
  if (!item) return;
  item.classList.add("chosen");
  if (!item.hasAttribute("tabindex")) item.tabIndex = -1;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const holder = list();
  const all = items(holder);
  if (!all.length) return false;
  const at = all.indexOf(chosen());
  choose(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
  return true;
}

function nextList() {
  const all = lists();
  if (!all.length) return false;
  choose(items(all[(all.indexOf(list()) + (chosen() ? 1 : 0)) % all.length])[0]);
  return true;
}

/** After an action the next item is the one to judge. */
function stepOn(item) {
  const all = items(item.closest("[data-key-list]"));
  const next = all[all.indexOf(item) + 1] ?? all[all.indexOf(item) - 1];
  if (next) choose(next);
}

function target(key) {
  const inside = chosen() && [...chosen().querySelectorAll("[data-key]")].find((element) => wants(element, key));
  if (inside) return inside;
  const outside = [...document.querySelectorAll("[data-key]")].filter((element) => wants(element, key) && visible(element));
  return outside.find((element) => !element.closest("[data-item]")) ?? outside.find((element) => !element.closest('[data-key-list="chosen"]'));
}

function act(element) {
  const item = element.closest("[data-item].chosen");
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
  if (item && element.dataset.command && "leaves" in element.dataset) stepOn(item);
}

function showDigits() {
  let box = document.getElementById("typed-digits");
  if (!digits) return box?.remove();
  if (!box) {
    box = Object.assign(document.createElement("output"), { id: "typed-digits" });
    document.body.append(box);
  }
  const figure = Object.assign(document.createElement("span"), { className: "figure", textContent: digits });
  const hint = Object.assign(document.createElement("span"), { className: "soft", textContent: word("press_enter_to_pop") });
  box.replaceChildren(figure, hint);
}

function typeDigits(next) {
  digits = next.slice(0, 4);
  clearTimeout(digitsTimer);
  digitsTimer = setTimeout(() => typeDigits(""), DIGITS_MS);
  showDigits();
}

/** Pops what carries this link number on the screen's shelf. */
export function popLink(number) {
  const holder = document.querySelector(`[data-link-no="${Number(number)}"][data-product]`);
  if (!holder) return toast(word("no_link", { number }), "warn");
  run(holder, "pop_product", { product: holder.dataset.product });
}

function digitKey(event) {
  if (!document.querySelector("[data-pops-links]")) return false;
  if (/^\d$/.test(event.key)) typeDigits(digits + event.key);
  else if (digits && event.key === "Enter") (popLink(digits), typeDigits(""));
  else if (digits && event.key === "Backspace") typeDigits(digits.slice(0, -1));
  else if (digits && event.key === "Escape") typeDigits("");
  else return false;
  return true;
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || typing(event.target)) return;
  const key = named(event);
  if (key === "?" || key === "shift+?") return (event.preventDefault(), showMap());
  if (event.repeat) return;
  if (!event.ctrlKey && !event.altKey && !event.metaKey && digitKey(event)) return event.preventDefault();
  if ((key === "j" && step(1)) || (key === "k" && step(-1)) || (key === "w" && nextList())) return event.preventDefault();
  const element = target(key);
  if (!element) return;
  if ((key === "Enter" || key === "Space") && event.target.closest("button, a, summary")) return;
  event.preventDefault();
  act(element);
}

const GLYPHS = { ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", PageDown: "PgDn", PageUp: "PgUp", Escape: "Esc", Space: "␣", shift: "⇧", alt: "Alt", ctrl: "Ctrl" };

function keycap(name) {
  const text = (name === "+" ? ["+"] : name.split("+")).map((part) => GLYPHS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
  return Object.assign(document.createElement("kbd"), { textContent: text });
}

/** Text of the element without its key caps and figures that change. */
function caption(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, count-down, count-up").forEach((each) => each.remove());
  return element.getAttribute("aria-label") ?? copy.textContent.trim().replace(/\s+/g, " ");
}

function mapLines() {
  const lines = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!lines.has(element.dataset.key)) lines.set(element.dataset.key, caption(element));
  }
  if (document.querySelector("[data-key-list]")) lines.set("j k", word("next_previous_item")).set("w", word("next_list"));
  if (document.querySelector("[data-pops-links]")) lines.set("0–9 Enter", word("pop_link_number"));
  lines.set("?", word("this_list"));
  return lines;
}

export function showMap() {
  const dialog = document.getElementById("key-map");
  if (!dialog || dialog.open) return;
  const rows = [...mapLines()].map(([keys, text]) => {
    const row = document.createElement("li");
    const caps = document.createElement("span");
    caps.append(...keys.split(" ").flatMap((key) => [keycap(key), " "]));
    row.append(Object.assign(document.createElement("span"), { textContent: text }), caps);
    return row;
  });
  dialog.querySelector(".key-map").replaceChildren(...rows);
  dialog.showModal();
}

export function start() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens-keys]")) showMap();
    const item = event.target.closest("[data-item]");
    if (item && item !== chosen()) (chosen()?.classList.remove("chosen"), item.classList.add("chosen"));
  });
}
