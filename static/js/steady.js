/**
 * Nothing moves under the pointer. While a person is on a `data-steady` list every item keeps the place it had:
 * the document follows the server's order, CSS `order` holds the seen one, arrivals stay hidden behind "12 new"
 * and what went stays as a ghost. All of it is let go when the person leaves the list or asks.
 */
import { word } from "./words.js";

const SETTLE_MS = 500;
const frozen = new Map();
let timer;

function busy(list) {
  return list.matches(":hover") || list.contains(document.activeElement);
}

function freeze(list) {
  if (!frozen.has(list)) frozen.set(list, new Map([...list.children].map((item, at) => [item.id, at + 1])));
}

function release(list) {
  frozen.delete(list);
  list.querySelectorAll(":scope > [data-gone]").forEach((item) => item.remove());
  for (const item of list.children) {
    item.removeAttribute("data-fresh");
    item.style.order = "";
  }
  count(list);
}

function count(list) {
  const button = document.querySelector(`[data-shows-new="${list.id}"]`);
  if (!button) return;
  const fresh = list.querySelectorAll(":scope > [data-fresh]").length;
  button.hidden = fresh === 0;
  button.querySelector("span").textContent = word("n_new", { n: fresh });
}

function keepPlaces(list, places) {
  for (const item of list.children) {
    if (item.hasAttribute("data-gone")) continue;
    const place = places.get(item.id);
    item.toggleAttribute("data-fresh", place === undefined);
    item.style.order = String(place ?? places.size + 1);
  }
}

function seenAs(node) {
  return node.id || node.dataset.gone;
}

function ghost(list, node, place) {
  const copy = node.cloneNode(true);
  copy.removeAttribute("id");
  copy.classList.remove("chosen");
  copy.setAttribute("data-gone", seenAs(node));
  copy.setAttribute("inert", "");
  copy.style.order = String(place);
  list.append(copy);
}

function keepGhosts(list, places, removed) {
  for (const node of removed) {
    const id = seenAs(node);
    const place = places.get(id);
    const back = document.getElementById(id) ?? list.querySelector(`[data-gone="${CSS.escape(id)}"]`);
    if (place !== undefined && !back) ghost(list, node, place);
  }
  for (const item of list.querySelectorAll("[data-gone]")) {
    if (document.getElementById(item.dataset.gone)) item.remove();
  }
}

/** Runs before the browser paints, so the change itself is never seen. */
function changed(changes) {
  for (const list of new Set(changes.map((change) => change.target))) {
    const places = frozen.get(list);
    if (!places) continue;
    const removed = changes.filter((change) => change.target === list).flatMap((change) => [...change.removedNodes]);
    keepGhosts(list, places, removed.filter((node) => node instanceof Element && seenAs(node)));
    keepPlaces(list, places);
    count(list);
  }
}

function releaseIdle() {
  clearTimeout(timer);
  timer = setTimeout(() => [...frozen.keys()].forEach((list) => busy(list) || release(list)), SETTLE_MS);
}

function asked(event) {
  const button = event.target.closest("[data-shows-new]");
  const list = button && document.getElementById(button.dataset.showsNew);
  if (!list) return;
  release(list);
  freeze(list);
}

export function start() {
  const observer = new MutationObserver(changed);
  for (const list of document.querySelectorAll("[data-steady]")) {
    observer.observe(list, { childList: true });
    list.addEventListener("pointerenter", () => freeze(list));
    list.addEventListener("focusin", () => freeze(list));
    list.addEventListener("pointerleave", releaseIdle);
    list.addEventListener("focusout", releaseIdle);
  }
  document.addEventListener("click", asked);
}
