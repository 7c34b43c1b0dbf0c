/**
 * The socket of a live screen: where it has read to, what time the server has, and whether what is shown is still true.
 * hx-ws owns the socket and swaps `content`; this module only watches its events and wakes it when the line is dead.
 */
import { answered, heard, instant, localNow } from "./clock.js";

const STALE_MS = 2800;
const DEAD_MS = 6000;
const OPENING_MS = 6000;
const PING_MS = 10000;
const BEHIND_MS = 5000;
const GONE = new Set([4401, 4403]);

const place = { epoch: "", seq: 0 };
let connection = null;
let lastFrame = 0;
let openedAt = 0;
let behindSince = 0;
let failures = 0;

export function seen() {
  return place.seq;
}

export function isLive() {
  const state = document.body.dataset.live;
  return state === undefined || state === "live";
}

function setState(state) {
  if (document.body.dataset.live === state) return;
  document.body.dataset.live = state;
  lock();
  document.dispatchEvent(new CustomEvent("console:live", { detail: { state } }));
}

function lock() {
  const locked = !isLive();
  for (const element of document.querySelectorAll("main [data-command]:not([data-always])")) {
    if (locked) element.setAttribute("aria-disabled", "true");
    else if (!element.hasAttribute("data-off")) element.removeAttribute("aria-disabled");
  }
}

function addressFrom(original) {
  const url = new URL(original);
  return () => {
    url.searchParams.set("epoch", place.epoch);
    url.searchParams.set("seq", String(place.seq));
    return url.href;
  };
}

/** hx-ws reads `connection.url` each time it opens a socket: a getter always gives the newest place. */
function follow(event) {
  const next = event.detail.connection;
  openedAt = localNow();
  if (next === connection) return;
  connection = next;
  Object.defineProperty(next, "url", { get: addressFrom(next.url), configurable: true });
}

function opened() {
  failures = 0;
  behindSince = 0;
  lastFrame = localNow();
  ping();
}

function arrived(event) {
  const { message } = event.detail;
  let frame;
  try {
    frame = JSON.parse(message.data);
  } catch {
    event.detail.cancelled = true;
    return;
  }
  message.json = () => Promise.resolve(frame);
  message.frame = frame;
  lastFrame = localNow();
  if (frame.kind === "clock") answered(frame.t, instant(frame.at));
  else heard(instant(frame.at));
  if (frame.degraded) document.body.dataset.degraded = frame.degraded.join(" ");
  setState("live");
}

function applied(event) {
  const frame = event.detail.message.frame;
  if (!frame) return;
  if (frame.epoch) place.epoch = frame.epoch;
  if (Number.isInteger(frame.seq)) place.seq = frame.seq;
  document.body.dataset.seq = String(place.seq);
  watchHead(frame);
}

/** Connected but behind: the server's head moves on and nothing reaches us, so take the line anew. */
function watchHead(frame) {
  if (!Number.isInteger(frame.head) || frame.head <= place.seq) behindSince = 0;
  else behindSince ||= localNow();
  if (behindSince && localNow() - behindSince > BEHIND_MS) renew();
}

/** A content that could not be applied leaves a hole: ask for the whole screen. */
function failed(event) {
  if (!event.detail.error || event.detail.error instanceof Event) return;
  place.epoch = "";
  renew();
}

function closed(event) {
  if (GONE.has(event.detail.code)) return setState("refused");
  if (event.detail.reason !== "closed") return;
  failures += 1;
  if (failures >= 2) askWhy();
}

/** A refusal before the upgrade looks like a dead line to a browser: the page itself says which it is. */
async function askWhy() {
  try {
    const answer = await fetch(location.href, { redirect: "manual", headers: { Accept: "text/html" } });
    if (![401, 403, 404].includes(answer.status) && answer.type !== "opaqueredirect") return;
    connection.config.reconnect = false;
    setState("refused");
  } catch {
    return;
  }
}

/** A dead line may take a minute to close by itself; hx-ws reconnects on the event alone. */
function renew() {
  behindSince = 0;
  openedAt = localNow();
  lastFrame = localNow();
  connection?.socket?.dispatchEvent(new CloseEvent("close", { code: 1006 }));
}

function ping() {
  const socket = connection?.socket;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "clock", t: localNow() }));
}

function watch() {
  if (!connection || document.body.dataset.live === "refused") return;
  const silence = localNow() - lastFrame;
  if (silence > STALE_MS) setState(lastFrame ? "stale" : "connecting");
  const state = connection.socket?.readyState;
  if (state === WebSocket.OPEN && silence > DEAD_MS) renew();
  if (state === WebSocket.CONNECTING && localNow() - openedAt > OPENING_MS) renew();
}

export function start() {
  if (!document.querySelector("[hx-ws\\:connect]")) return;
  place.epoch = document.body.dataset.epoch ?? "";
  place.seq = Number(document.body.dataset.seq ?? 0);
  lastFrame = localNow();
  setState("connecting");
  document.addEventListener("htmx:ws:before:connection", follow);
  document.addEventListener("htmx:ws:after:connection", opened);
  document.addEventListener("htmx:ws:before:message:incoming", arrived);
  document.addEventListener("htmx:ws:after:message:incoming", applied);
  document.addEventListener("htmx:ws:error", failed);
  document.addEventListener("htmx:ws:close", closed);
  document.addEventListener("htmx:after:swap", lock);
  document.addEventListener("visibilitychange", () => document.hidden || (watch(), ping()));
  setInterval(watch, 100);
  setInterval(ping, PING_MS);
}
