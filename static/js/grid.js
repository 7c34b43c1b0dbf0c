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
  return [...row.querySelectorAll("[data-field]")].filter((cell) => cell.getClientRects().length);
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

/**
 * A cell one stands on already holds its editor, unseen and empty: so the first key of an input method is not lost.
 * It shows itself with the first character, or on Enter with the present value.
 */
function rest(cell) {
  if (open?.cell === cell || readonly(cell)) return;
  if (open && !finish()) return;
  const input = editor(cell, "");
  open = { cell, input, resting: true, row: cell.closest("[data-row]").dataset.row, field: cell.dataset.field, seen: seen() };
  input.classList.add("resting");
  cell.append(input);
  input.focus({ preventScroll: true });
  for (const type of ["input", "change", "compositionstart"]) input.addEventListener(type, () => open?.input === input && wake());
  input.addEventListener("blur", () => open?.input === input && input.isConnected && finish());
}

function readonly(cell) {
  return cell.closest(".reading") !== null;
}

function present(cell) {
  return cell.dataset.value ?? "";
}

/** From standing on the cell to editing it; `text` replaces what the editor holds. */
function wake(text) {
  if (!open.resting) return;
  open.resting = false;
  open.before = present(open.cell);
  open.seen = seen();
  open.cell.classList.add("editing");
  open.input.classList.remove("resting");
  if (text === undefined) return;
  open.input.value = text;
  open.input.select?.();
}

function close() {
  const { input, cell } = open;
  open = null;
  cell.classList.remove("editing");
  input.remove();
  cell.dispatchEvent(new CustomEvent("console:left", { bubbles: true }));
}

function cancel() {
  const { cell } = open;
  close();
  cell.focus();
}

/** Takes the editor's text; false when it cannot be read and the editor stays. */
function finish() {
  const { cell, input, before, row, field, resting, seen: version } = open;
  if (resting) return close(), true;
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

function breaksLine(event) {
  if (open.input.localName !== "textarea") return false;
  return event.shiftKey || (open.cell.dataset.lines === "free" && !event.ctrlKey && !event.metaKey);
}

function editingKey(event) {
  const { cell } = open;
  if (event.key === "Escape") cancel();
  else if (event.key === "Enter" && !breaksLine(event)) finish() && go(cell, event.shiftKey ? -1 : 1, 0);
  else if (event.key === "Tab") finish() && go(cell, 0, event.shiftKey ? -1 : 1);
  else return;
  event.preventDefault();
}

function restingKey(event) {
  const { cell } = open;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (MOVES[event.key]) go(cell, ...MOVES[event.key]);
  else if (event.key === "Enter" || event.key === "F2") wake(present(cell));
  else if (event.key === "Tab" && neighbour(cell, 0, event.shiftKey ? -1 : 1)) go(cell, 0, event.shiftKey ? -1 : 1);
  else if (event.key === "Backspace" || event.key === "Delete") wake("");
  else if (event.key === "Escape") cell.ownerDocument.activeElement.blur();
  else return;
  event.preventDefault();
}

function pressed(event) {
  if (event.isComposing || !open || event.target !== open.input) return;
  if (open.resting) restingKey(event);
  else editingKey(event);
}

/** A patch of the edited row must not take the editor away: it is set into the new cell with its draft. */
function carryEditor(event) {
  if (!open || !event.detail.tasks?.some((task) => task.target instanceof Element && task.target.contains(open.cell))) return;
  const kept = { ...open, text: open.input.value, from: open.input.selectionStart, to: open.input.selectionEnd };
  open = null;
  document.addEventListener("htmx:after:swap", () => reopen(kept), { once: true });
}

function reopen({ row, field, resting, text, from, to, before, seen: version }) {
  const cell = find({ row, field });
  if (!cell) return resting || toast(word("row_gone"), "warn");
  rest(cell);
  if (resting) return;
  wake(text);
  open.input.setSelectionRange?.(from, to);
  if (open.before === before) open.seen = version;
  else cell.dataset.state = "conflict";
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
  document.addEventListener("keydown", pressed);
  document.addEventListener("focusin", (event) => event.target === cellOf(event.target) && rest(event.target));
  document.addEventListener("dblclick", (event) => open && event.target === open.input && wake(present(open.cell)));
  document.addEventListener("htmx:before:swap", carryEditor);
}
