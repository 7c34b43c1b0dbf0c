/** Every button and form with `data-command` becomes one command; its answer shows on the button and as a notice. */
import { ask } from "./ask.js";
import { serverNow } from "./clock.js";
import { send } from "./envelope.js";
import { collect } from "./fields.js";
import { isLive } from "./live.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

const GUARD_MS = 800;
const SHOW_STATE_MS = 1600;
const lastPress = new Map();
const underWay = new Set();

function mark(element, state) {
  if (!element?.isConnected) return;
  element.dataset.state = state;
  if (state !== "pending") setTimeout(() => element.dataset.state === state && delete element.dataset.state, SHOW_STATE_MS);
}

/** The same press twice within the guard is one press; `data-guard="0"` lifts it (± seconds, adding stock). */
function pressedTwice(element, type, args) {
  const guard = Number(element.dataset.guard ?? GUARD_MS);
  const key = type + JSON.stringify(args);
  const now = performance.now();
  if (underWay.has(key) || now - (lastPress.get(key) ?? -Infinity) < guard) return true;
  lastPress.set(key, now);
  return false;
}

function locked(element) {
  if (element.matches(":disabled") || element.hasAttribute("data-off")) return true;
  if (isLive() || "always" in element.dataset) return false;
  toast(word("not_live"), "warn");
  return true;
}

/** `data-confirm` asks yes or no, `data-reason` asks why; null when the person turned back. */
async function agreed(element, args) {
  const { confirm, reason, confirmLabel } = element.dataset;
  if (!confirm && !reason) return args;
  const given = await ask(confirm || reason, reason ? word("reason") : "", confirmLabel, element.dataset.reasons?.split("|"));
  if (given === null) return null;
  return reason ? { ...args, reason: given } : args;
}

/** Runs the command of `element`; resolves to the answer, or null when nothing was sent. */
export async function run(element, type, fields) {
  if (locked(element)) return null;
  const args = await agreed(element, fields);
  if (args === null || pressedTwice(element, type, args)) return null;
  const key = type + JSON.stringify(args);
  underWay.add(key);
  mark(element, "pending");
  try {
    return told(element, type, await send(type, args));
  } catch {
    mark(element, "refused");
    toast(word("no_answer"));
    return null;
  } finally {
    underWay.delete(key);
  }
}

function told(element, type, answer) {
  mark(element, answer.ok ? "ok" : "refused");
  if (answer.ok && element.dataset.done) toast(element.dataset.done, "good");
  if (!answer.ok) toast(answer.body.why ?? word("failed"), "bad", answer.body.code === "stale" ? word("changed_meanwhile") : "");
  document.dispatchEvent(new CustomEvent("console:answered", { detail: { type, answer, element } }));
  return answer;
}

function pressed(event) {
  const element = event.target.closest("[data-command]");
  if (!element || element.matches("form")) return;
  event.preventDefault();
  run(element, element.dataset.command, JSON.parse(element.dataset.args || "{}"));
}

async function submitted(event) {
  const form = event.target.closest("form[data-command]");
  if (!form) return;
  event.preventDefault();
  const { values, wrong } = collect(form);
  if (wrong) return complain(wrong);
  const fields = { ...JSON.parse(form.dataset.args || "{}"), ...values };
  if (form.dataset.stamps) fields[form.dataset.stamps] = serverNow();
  const submitter = event.submitter ?? form;
  const answer = await run(form, form.dataset.command, fields);
  if (answer) mark(submitter, answer.ok ? "ok" : "refused");
  if (answer?.ok && !("keep" in form.dataset)) form.reset();
}

function complain(input) {
  toast(word(`bad_${input.dataset.type}`, { text: input.value }), "warn");
  input.focus();
  input.select?.();
}

export function start() {
  document.addEventListener("click", pressed);
  document.addEventListener("submit", submitted);
}
