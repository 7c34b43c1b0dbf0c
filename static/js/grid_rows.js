/** Whole rows of the plan: paste lines or cells of a spreadsheet, type a new last row, reorder by drag or Alt+arrow. */
import { serverNow } from "./clock.js";
import { send } from "./envelope.js";
import { typed } from "./fields.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

const MAX_PASTE = 200;

function body() {
  return document.querySelector("[data-grid]");
}

function columns() {
  return [...document.querySelectorAll("[data-grid-new] [data-field]")];
}

function draft() {
  return document.querySelector("[data-grid-new] tr");
}

/** Cells of one line → the fields of `add_row`; throws the unreadable text. */
function rowFrom(texts, from = 0) {
  const row = {};
  texts.forEach((text, at) => {
    const column = columns()[from + at];
    if (!column || !text.trim()) return;
    const value = typed(text.trim(), column.dataset.type);
    if (Number.isNaN(value)) throw new Error(word(`bad_${column.dataset.type}`, { text }));
    row[column.dataset.field] = value;
  });
  if (!("planned_s" in row)) row.planned_s = null;
  return row;
}

async function add(row, after, pressedAt) {
  const answer = await send("add_row", after ? { row, after } : { row }, undefined, pressedAt).catch(() => null);
  if (!answer) throw new Error(word("no_answer"));
  if (!answer.ok) throw new Error(answer.body.why ?? word("failed"));
  return answer.body.row;
}

/** Each line becomes a row behind `after`, in order; stops at the first one that is refused and says which. */
async function addLines(lines, from, after) {
  let last = after;
  for (const [at, line] of lines.entries()) {
    try {
      last = (await add(rowFrom(line.split("\t"), from), last)) ?? last;
    } catch (error) {
      return toast(error.message, "bad", word("line_n", { n: at + 1 }));
    }
  }
  toast(word("n_rows_added", { n: lines.length }), "good");
}

function pasted(event) {
  const cell = event.target instanceof Element ? event.target.closest("[data-grid] [data-field], [data-grid-new] [data-field]") : null;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  if (!cell || (lines.length < 2 && !text.includes("\t"))) return;
  event.preventDefault();
  if (lines.length > MAX_PASTE) return toast(word("too_many_lines", { n: MAX_PASTE }), "warn");
  const inside = cell.closest("[data-grid]");
  const from = Math.max(0, columns().findIndex((column) => column.dataset.field === cell.dataset.field));
  addLines(lines, from, inside ? cell.closest("tr").dataset.row : undefined);
}

const waiting = [];
const refused = [];
let sending = false;

/** The last row is sent when it is left with a title; the next one can be typed at once, whatever the answer takes. */
function leftDraft() {
  const row = draft();
  if (!row || row.contains(document.activeElement)) return;
  const texts = columns().map((cell) => cell.dataset.value ?? "");
  const title = columns().findIndex((cell) => cell.dataset.field === "title");
  if (!texts[title]?.trim()) return refill();
  columns().forEach((cell) => fill(cell, ""));
  if (document.activeElement === document.body) columns()[title].focus();
  waiting.push({ texts, title: texts[title], leftAt: serverNow() });
  sendWaiting();
}

/** One after the other; with the first that fails all that wait behind it come back, for nothing is kept to be sent late. */
async function sendWaiting() {
  if (sending) return;
  sending = true;
  try {
    for (; waiting.length; waiting.shift()) await add(rowFrom(waiting[0].texts), undefined, waiting[0].leftAt);
  } catch (error) {
    const back = waiting.splice(0);
    refused.unshift(...back);
    toast(error.message, "bad", back.map(({ title }) => title).join(", "));
  }
  sending = false;
  refill();
}

/** What was not taken stands in the last row again as soon as nothing else does. */
function refill() {
  if (sending || columns().some((cell) => cell.dataset.value || cell.querySelector("input, textarea, select")?.value)) return;
  const { texts } = refused.shift() ?? {};
  if (texts) columns().forEach((cell, at) => fill(cell, texts[at]));
}

/** An editor that rests in the cell stays where it is, and with it the focus. */
function fill(cell, text) {
  cell.dataset.value = text;
  delete cell.dataset.state;
  [...cell.childNodes].filter((node) => !node.matches?.("input, textarea, select")).forEach((node) => node.remove());
  cell.prepend(text);
}

async function move(row, after) {
  try {
    const answer = await send("move_row", { row, after });
    if (answer.ok) return true;
    toast(answer.body.why ?? word("failed"));
  } catch {
    toast(word("no_answer"));
  }
  return false;
}

function moveByKey(event) {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const line = event.target.closest?.("[data-grid] tr[data-row]");
  if (!line) return;
  event.preventDefault();
  const up = event.key === "ArrowUp";
  const beyond = up ? line.previousElementSibling?.previousElementSibling : line.nextElementSibling;
  if (up ? !line.previousElementSibling : !line.nextElementSibling) return;
  move(line.dataset.row, beyond?.dataset.row ?? null);
}

async function draggable() {
  const { default: Sortable } = await import("/static/vendor/sortable.js");
  Sortable.create(body(), {
    handle: ".grip",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    ghostClass: "moving",
    onEnd: async ({ item, oldIndex, newIndex }) => {
      if (oldIndex === newIndex) return;
      const after = item.previousElementSibling?.dataset.row ?? null;
      if (!(await move(item.dataset.row, after))) putBack(item, oldIndex);
    },
  });
}

function putBack(item, oldIndex) {
  if (!item.isConnected) return;
  item.remove();
  body().insertBefore(item, body().children[oldIndex] ?? null);
}

export function start() {
  if (!body()) return;
  document.addEventListener("paste", pasted);
  document.addEventListener("keydown", moveByKey);
  document.addEventListener("console:left", () => setTimeout(leftDraft, 0));
  draggable();
}
