/**
 * The plan as a sheet to type through. Cells are `td[data-field]` of `tr[data-row]`; `data-value` is the text one edits,
 * `data-type` how it is read. A cell is sent alone with the version it was opened on, so two people editing two cells
 * never meet; on the same cell the second sees both values and chooses.
 */
import { send } from "./envelope.js";
import { links, typed } from "./fields.js";
import { seen } from "./live.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

let open = null;

function cells(row) {
  return [...row.querySelectorAll("[data-field]")];
}

function rows() {
  return [...document.querySelectorAll("[data-grid] tr[data-row], [data-grid-new] tr[data-row]")];
}

function cellOf(target) {
  return target instanceof Element ? target.closest("[data-grid] [data-field], [data-grid-new] [data-field], #row-pane [data-field]") : null;
}

function neighbour(cell, down, right) {
  const row = cell.closest("tr");
  if (!row) return null;
  const all = rows();
  const line = all[all.indexOf(row) + down];
  const at = cells(row).indexOf(cell) + right;
  if (!line) return null;
  const inLine = cells(line)[at];
  if (inLine) return inLine;
  const wrapped = all[all.indexOf(row) + Math.sign(right)];
  return wrapped ? cells(wrapped).at(right > 0 ? 0 : -1) : null;
}

export function go(cell, down, right) {
  const next = neighbour(cell, down, right);
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function editor(cell, text) {
  const source = document.getElementById(`choices-${cell.dataset.choices}`);
  const input = document.createElement(source ? "select" : cell.dataset.lines ? "textarea" : "input");
  if (source) input.append(source.content.cloneNode(true));
  input.value = text;
  input.setAttribute("aria-label", cell.dataset.label ?? cell.dataset.field);
  return input;
}

/** `text`: what the editor starts with; the present value when absent. */
export function edit(cell, text) {
  if (open || cell.getAttribute("aria-readonly") === "true") return;
  const before = cell.dataset.value ?? "";
  const input = editor(cell, text ?? before);
  open = { cell, input, before, row: cell.closest("[data-row]").dataset.row, field: cell.dataset.field, seen: seen() };
  cell.classList.add("editing");
  cell.append(input);
  input.focus();
  if (text === undefined) input.select?.();
  input.addEventListener("blur", () => open?.input === input && input.isConnected && finish());
}

function close() {
  open?.input.remove();
  open?.cell.classList.remove("editing");
  open = null;
}

function cancel() {
  const { cell } = open;
  close();
  cell.focus();
}

/** Takes the editor's text; false when it cannot be read and the editor stays. */
function finish() {
  const { cell, input, before, row, field, seen: version } = open;
  const text = input.value;
  const value = typed(text, cell.dataset.type);
  if (Number.isNaN(value)) {
    toast(word(`bad_${cell.dataset.type}`, { text }), "warn");
    return false;
  }
  close();
  if (text === before) return true;
  showDraft(cell, text);
  if (row) save(cell, { row, field, value }, version);
  return true;
}

function showDraft(cell, text) {
  cell.dataset.value = text;
  cell.dataset.state = "pending";
  (cell.querySelector(".shown") ?? cell).textContent = text;
}

async function save(cell, change, version) {
  try {
    const answer = await send("edit_row", change, version);
    settle(change, answer);
  } catch {
    toast(word("no_answer"));
    mark(change, "refused");
  }
}

function find({ row, field }) {
  return document.querySelector(`[data-row="${CSS.escape(row)}"] [data-field="${CSS.escape(field)}"]`);
}

function mark(change, state) {
  const cell = find(change);
  if (!cell) return;
  if (state === "ok") delete cell.dataset.state;
  else cell.dataset.state = state;
}

function settle(change, answer) {
  if (answer.ok) return mark(change, "ok");
  mark(change, "refused");
  if (answer.body.code === "stale") return conflict(change, answer.body);
  toast(answer.body.why ?? word("failed"));
}

/** Another person changed the same cell: both values side by side, and one press decides. */
function conflict(change, body) {
  const cell = find(change);
  if (!cell) return toast(body.why);
  cell.dataset.state = "conflict";
  cell.querySelector(".conflict")?.remove();
  const box = Object.assign(document.createElement("span"), { className: "conflict" });
  box.append(Object.assign(document.createElement("span"), { textContent: body.why }));
  box.append(choice(word("keep_mine"), () => save(cell, change, body.seq)), choice(word("take_theirs"), () => location.reload()));
  cell.append(box);
}

function choice(text, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: text });
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    button.closest(".conflict").remove();
    act();
  });
  return button;
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function editingKey(event) {
  const { cell } = open;
  const free = cell.dataset.lines === "free" && !event.ctrlKey && !event.metaKey;
  const breaks = open.input.localName === "textarea" && (event.shiftKey || free);
  if (event.key === "Escape") cancel();
  else if (event.key === "Enter" && !breaks) finish() && go(cell, event.shiftKey ? -1 : 1, 0);
  else if (event.key === "Tab") finish() && go(cell, 0, event.shiftKey ? -1 : 1);
  else return;
  event.preventDefault();
}

function restingKey(event, cell) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (MOVES[event.key]) go(cell, ...MOVES[event.key]);
  else if (event.key === "Enter" || event.key === "F2") edit(cell);
  else if (event.key === "Tab" && neighbour(cell, 0, event.shiftKey ? -1 : 1)) go(cell, 0, event.shiftKey ? -1 : 1);
  else if (event.key === "Backspace" || event.key === "Delete") edit(cell, "");
  else if (event.key.length === 1) edit(cell, cell.dataset.choices ? undefined : "");
  else return;
  if (event.key.length > 1 || cell.dataset.choices) event.preventDefault();
}

function pressed(event) {
  if (event.isComposing) return;
  if (open && event.target === open.input) return editingKey(event);
  const cell = event.target === cellOf(event.target) ? event.target : null;
  if (cell) restingKey(event, cell);
}

/** A patch of the edited row must not take the editor away: it is set into the new cell with its draft. */
function carryEditor(event) {
  if (!open || !event.detail.tasks?.some((task) => task.target instanceof Element && task.target.contains(open.cell))) return;
  const { input, row, field, before, seen: version } = open;
  const [text, from, to] = [input.value, input.selectionStart, input.selectionEnd];
  open = null;
  document.addEventListener("htmx:after:swap", () => reopen({ row, field, text, from, to, before, version }), { once: true });
}

function reopen({ row, field, text, from, to, before, version }) {
  const cell = find({ row, field });
  if (!cell) return toast(word("row_gone"), "warn");
  const theirs = cell.dataset.value ?? "";
  edit(cell, text);
  open.input.setSelectionRange?.(from, to);
  if (theirs === before) open.seen = version;
  else cell.dataset.state = "conflict";
  open.before = theirs;
}

/** So that "1,4,7" can be typed for products; without the catalogue the text is taken as product ids. */
async function learnLinks() {
  try {
    const answer = await fetch("/api/v1/products", { headers: { Accept: "application/json" } });
    const { items = [] } = answer.ok ? await answer.json() : {};
    for (const product of items) if (product.link_no !== null) links.set(String(product.link_no), product.id);
  } catch {
    links.clear();
  }
}

export function start() {
  if (!document.querySelector("[data-grid]")) return;
  learnLinks();
  for (const cell of document.querySelectorAll("[data-grid] tr:first-child [data-field]")) cell.tabIndex = 0;
  document.addEventListener("keydown", pressed);
  document.addEventListener("dblclick", (event) => cellOf(event.target) && edit(cellOf(event.target)));
  document.addEventListener("htmx:before:swap", carryEditor);
}
