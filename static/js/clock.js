/**
 * The server's clock, as measured. The machine's own clock may be an hour wrong: only its steady part is used.
 * A round trip gives the offset within half its length; a lone `at` only gives a lower bound, so the largest counts.
 */
const KEEP_TRIPS = 8;
const KEEP_STAMPS = 30;
const JUMP_MS = 300;

let trips = [];
let stamps = [];
let drift = Date.now() - steady();

function steady() {
  return performance.timeOrigin + performance.now();
}

/** A suspended machine stops the steady clock but not the wall clock: what was measured before is worthless then. */
function forgetAfterSleep() {
  const current = Date.now() - steady();
  if (Math.abs(current - drift) < JUMP_MS) return;
  drift = current;
  trips = [];
  stamps = [];
}

export function localNow() {
  forgetAfterSleep();
  return steady();
}

/** `at`: server epoch ms of a frame that has just arrived. */
export function heard(at) {
  if (!Number.isFinite(at)) return;
  stamps = [...stamps, at - localNow()].slice(-KEEP_STAMPS);
}

/** A ping left at local `sent`, the server stamped it `at`, and it is back now. */
export function answered(sent, at) {
  const back = localNow();
  if (!Number.isFinite(at) || back < sent) return;
  trips = [...trips, { length: back - sent, offset: at - (sent + back) / 2 }].slice(-KEEP_TRIPS);
}

export function offset() {
  if (trips.length) return trips.reduce((best, trip) => (trip.length < best.length ? trip : best)).offset;
  if (stamps.length) return Math.max(...stamps);
  return Date.now() - steady();
}

/** Server time, epoch ms. */
export function serverNow() {
  const local = localNow();
  return Math.round(local + offset());
}

/** RFC 3339 or epoch ms → epoch ms; NaN when it is neither. */
export function instant(value) {
  return typeof value === "number" ? value : Date.parse(value ?? "");
}
