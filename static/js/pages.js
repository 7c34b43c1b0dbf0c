/** Small behaviours of whole pages: dialogs, forms that create a show or a link, the row whose script is shown. */
import { minutes } from "./countdown.js";
import { post } from "./envelope.js";
import { collect } from "./fields.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

function open(dialog) {
  const form = dialog?.querySelector('[data-command="set_targets"]');
  if (form) fillTargets(form, JSON.parse(document.getElementById("show-status").dataset.targets));
  dialog?.showModal();
}

/** What is true when the form opens; targets that it has no field for are sent along, or saving would drop them. */
function fillTargets(form, targets) {
  form.querySelectorAll("[data-carried]").forEach((input) => input.remove());
  const named = new Map([...form.querySelectorAll('[name^="targets."]')].map((input) => [input.name.slice(8), input]));
  for (const [name, input] of named) input.value = shown(targets[name], input.dataset.type);
  for (const name of Object.keys(targets).filter((each) => !named.has(each))) form.append(carried(name, targets[name]));
}

function carried(name, value) {
  const input = Object.assign(document.createElement("input"), { type: "hidden", name: `targets.${name}`, value });
  Object.assign(input.dataset, { carried: "", type: "int" });
  return input;
}

function shown(value, type) {
  if (value === undefined) return "";
  return type === "money" ? (value / 100).toFixed(2) : type === "seconds" ? minutes(value) : String(value);
}

function opens(event) {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(document.getElementById(opener.dataset.opens));
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
}

/** `form[data-post]` sends its fields as JSON to that address and goes to `data-then` (`{id}` from the answer). */
async function posts(event) {
  const form = event.target.closest("form[data-post]");
  if (!form) return;
  event.preventDefault();
  const { values, wrong } = collect(form);
  if (wrong) return (toast(word(`bad_${wrong.dataset.type}`, { text: wrong.value }), "warn"), wrong.focus());
  const button = event.submitter;
  button?.setAttribute("aria-disabled", "true");
  try {
    const { ok, body } = await post(form.dataset.post, JSON.stringify(values), { "Content-Type": "application/json" });
    if (ok) then(form, body);
    else toast(body.why ?? word("failed"));
  } catch {
    toast(word("no_answer"));
  } finally {
    button?.removeAttribute("aria-disabled");
  }
}

function then(form, body) {
  const shown = form.dataset.shows && document.getElementById(form.dataset.shows);
  if (shown) return (shown.textContent = new URL(body.url ?? body.path ?? "", location.href).href), (shown.closest("[hidden]") ?? shown).removeAttribute("hidden");
  location.assign((form.dataset.then ?? location.pathname).replace("{id}", encodeURIComponent(body.id ?? "")));
}

/** A datetime field is local; what is sent is the instant. */
function instants(event) {
  const input = event.target.closest?.('input[type="datetime-local"][data-instant]');
  const hidden = input && input.form.elements[input.dataset.instant];
  if (hidden) hidden.value = input.value ? new Date(input.value).toISOString() : "";
}

/** `[data-for]` fields of an offer form belong to some kinds only. */
function fieldsOfKind(select) {
  for (const field of select.form.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(select.value);
}

const KIND = 'select[name="offer.kind"]';

/** The head of the page is painted once: it follows the show's start here, and an ended show is painted anew. */
function followStatus() {
  const { status, started } = document.getElementById("show-status")?.dataset ?? document.body.dataset;
  if (status === document.body.dataset.status) return;
  document.body.dataset.status = status;
  if (status === "ended") return location.reload();
  const tally = document.querySelector(".tally");
  tally?.classList.replace("planned", "live");
  if (tally) tally.textContent = word("status_live");
  document.querySelector(".link-state count-up")?.setAttribute("from", started);
}

/** The running row stays in sight, unless somebody is looking through the list. */
function followRow() {
  const row = document.querySelector(".run-row.current");
  if (!row || row.id === shownRow || row.parentElement.matches(":hover, :focus-within")) return;
  shownRow = row.id;
  const holder = row.closest(".scroll");
  holder.scrollTop = row.offsetTop - holder.offsetTop - holder.clientHeight / 3;
}

let shownRow = "";

export function start() {
  followRow();
  document.addEventListener("htmx:after:swap", followRow);
  document.addEventListener("htmx:after:swap", followStatus);
  document.querySelectorAll(KIND).forEach(fieldsOfKind);
  document.addEventListener("change", (event) => event.target.matches?.(KIND) && fieldsOfKind(event.target));
  document.addEventListener("reset", (event) => setTimeout(() => event.target.querySelectorAll(KIND).forEach(fieldsOfKind)));
  document.addEventListener("click", opens);
  document.addEventListener("submit", posts);
  document.addEventListener("change", instants);
}
