/** What every command carries, and how it travels. */
import { serverNow } from "./clock.js";
import { seen } from "./live.js";

const RETRY_AFTER_MS = 400;
const TIMEOUT_MS = 4000;

/** A version 4 uuid; `randomUUID` is missing on plain http outside localhost. */
export function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

export function showId() {
  return document.body.dataset.show ?? "";
}

/** `{ok, status, body}`; throws only when the network gave no answer at all. */
export async function post(path, body, headers = {}) {
  const answer = await fetch(path, {
    method: "POST",
    body,
    headers: { Accept: "application/json", "X-CSRF-Token": csrf(), ...headers },
    signal: AbortSignal.timeout?.(TIMEOUT_MS),
  });
  return { ok: answer.ok, status: answer.status, body: await answer.json().catch(() => ({})) };
}

/** Sends one command; the one retry carries the same `command_id`, so that it cannot happen twice. `pressedAt` is when a person wanted it. */
export async function send(type, fields = {}, seenSeq = seen(), pressedAt = serverNow()) {
  const message = { ...fields, type, command_id: freshId(), issued_at: pressedAt, seen: seenSeq || null };
  const path = `/api/v1/shows/${encodeURIComponent(showId())}/commands`;
  const attempt = () => post(path, JSON.stringify(message), { "Content-Type": "application/json" });
  try {
    return await attempt();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    return attempt();
  }
}
