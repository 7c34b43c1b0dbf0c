/** Elements drawn from absolute instants: `<count-down to>`, `<count-up from>`, `<data-age at>`; attributes in epoch ms. */
import { serverNow } from "./clock.js";
import { word } from "./words.js";

/** Drawn late by this at most: a second that changes a fifth of a second after its instant is seen beside another screen. */
const TICK_MS = 50;
const SOON_S = 10;
const drawn = new Set();

const formats = new Map();
let slip = 0;

/** A row that runs over, or a hold, makes all that is expected later by the second; the server says from when. */
function slipped(now) {
  const since = document.querySelector("[data-slips-from]")?.dataset.slipsFrom;
  return since ? Math.max(0, now - Number(since)) : 0;
}

function tick() {
  const now = serverNow();
  slip = slipped(now);
  for (const element of document.querySelectorAll("[data-until]")) element.hidden = now > Number(element.dataset.until);
  for (const element of drawn) element.draw(now);
}

function pad(number) {
  return String(number).padStart(2, "0");
}

function timeFormat(day, short) {
  const key = `${day}${short}`;
  const style = day ? { dateStyle: "medium", timeStyle: "short" } : { timeStyle: short ? "short" : "medium" };
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(document.documentElement.lang, { hour12: false, ...style }));
  return formats.get(key);
}

/** Whole seconds → `m:ss` or `h:mm:ss`, with a minus sign below zero. */
export function minutes(seconds) {
  const size = Math.abs(seconds);
  const hours = Math.floor(size / 3600);
  const rest = `${hours ? pad(Math.floor(size / 60) % 60) : Math.floor(size / 60)}:${pad(size % 60)}`;
  return (seconds < 0 ? "−" : "") + (hours ? `${hours}:` : "") + rest;
}

function ageText(seconds) {
  if (seconds < 60) return word("age_s", { n: Math.max(0, seconds) });
  if (seconds < 3600) return word("age_m", { n: Math.floor(seconds / 60) });
  return word("age_h", { n: Math.floor(seconds / 3600) });
}

class Ticking extends HTMLElement {
  connectedCallback() {
    drawn.add(this);
    this.draw(serverNow());
  }

  disconnectedCallback() {
    drawn.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw(serverNow());
  }

  moment(name) {
    const text = this.getAttribute(name);
    return text === null || text === "" || text === "None" ? null : Number(text);
  }

  show(text) {
    if (this.textContent === text) return;
    this.textContent = text;
    this.dataset.chars = String(text.length);
  }
}

/** `past="hide"`: gone when it is over. `held`: epoch ms at which it stands still; `clamp`: stops at zero instead of running over. */
class CountDown extends Ticking {
  static observedAttributes = ["to", "held"];

  draw(now) {
    const to = this.moment("to");
    if (to === null) return this.show("–");
    const until = this.hasAttribute("slips") ? to + slip : to;
    const left = Math.ceil((until - (this.moment("held") ?? now)) / 1000);
    const shown = this.hasAttribute("clamp") ? Math.max(0, left) : left;
    this.show(minutes(shown));
    this.hidden = left < 0 && this.getAttribute("past") === "hide";
    this.classList.toggle("over", shown < 0);
    this.classList.toggle("soon", shown >= 0 && shown <= SOON_S);
  }
}

class CountUp extends Ticking {
  static observedAttributes = ["from", "held"];

  draw(now) {
    const from = this.moment("from");
    this.show(from === null ? "–" : minutes(Math.max(0, Math.floor(((this.moment("held") ?? now) - from) / 1000))));
  }
}

/** `limit`: seconds after which the age is called old (default 30). */
class DataAge extends Ticking {
  static observedAttributes = ["at"];

  draw(now) {
    const at = this.moment("at");
    const age = at === null ? null : Math.floor((now - at) / 1000);
    this.show(age === null ? word("no_data") : ageText(age));
    this.classList.toggle("old", age !== null && age > Number(this.getAttribute("limit") ?? 30));
  }
}

/** How late the show is; `base` in seconds as of the last row. */
class LiveDrift extends Ticking {
  static observedAttributes = ["base"];

  draw() {
    const late = Number(this.getAttribute("base")) + Math.floor(slip / 1000);
    this.show((late > 0 ? "+" : "") + minutes(late));
    this.classList.toggle("down", late > 60);
    this.classList.toggle("up", late < -60);
  }
}

/** An instant as the viewer's local time of day; `slips`: moves on while the show runs late. */
class LocalTime extends Ticking {
  static observedAttributes = ["at"];

  connectedCallback() {
    if (this.hasAttribute("slips")) drawn.add(this);
    this.draw();
  }

  draw() {
    const at = this.moment("at");
    if (at) this.show(timeFormat(this.hasAttribute("day"), this.hasAttribute("short")).format(at + (this.hasAttribute("slips") ? slip : 0)));
  }
}

customElements.define("count-down", CountDown);
customElements.define("count-up", CountUp);
customElements.define("data-age", DataAge);
customElements.define("local-time", LocalTime);
customElements.define("live-drift", LiveDrift);
setInterval(tick, TICK_MS);
