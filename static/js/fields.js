/** Typed values of form fields: `data-type` is int, money, seconds, list, bool, json or absent (text). */

const UNITS = { h: 3600, m: 60, s: 1, 时: 3600, 小时: 3600, 分: 60, 分钟: 60, 秒: 1 };

/** Without the currency's own sign, code or word; any other stays, so that the amount cannot be read. */
function unmarked(text) {
  const plain = text.normalize("NFKC").trim().toLowerCase();
  const mark = (document.body.dataset.marks ?? "").split(" ").find((each) => each && (plain.startsWith(each) || plain.endsWith(each)));
  if (!mark) return plain;
  return (plain.startsWith(mark) ? plain.slice(mark.length) : plain.slice(0, -mark.length)).trim();
}

/** `12.50` → 1250. NaN when it is no amount; never rounds a third decimal away. */
export function toMinor(text) {
  const match = /^([0-9]{1,12})(?:\.([0-9]{1,2}))?$/.exec(unmarked(text));
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : NaN;
}

/** `90`, `1:30`, `00:05:00`, `5m`, `1h20m`, `5分钟` → seconds; NaN otherwise. */
export function toSeconds(text) {
  const plain = text.trim();
  if (/^\d{1,6}$/.test(plain)) return Number(plain);
  if (/^\d{1,3}(:\d{2}){1,2}$/.test(plain)) return plain.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  if (!/^(\d+\s*(小时|分钟|[hms时分秒])\s*)+$/.test(plain)) return NaN;
  return [...plain.matchAll(/(\d+)\s*(小时|分钟|[hms时分秒])/g)].reduce((sum, [, n, unit]) => sum + n * UNITS[unit], 0);
}

export function toList(text) {
  return text.split(/[\n,，;；]/).map((item) => item.trim()).filter(Boolean);
}

function toInt(text) {
  return /^-?\d{1,12}$/.test(text.trim()) ? Number(text) : NaN;
}

export function toLines(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** Link number → product id, filled by the page that knows the shop. */
export const links = new Map();

/** `1,4,7` → product ids; what is no known link number stays as it was typed. */
function toProducts(text) {
  return text.split(/[\s,，;；、/]+/).filter(Boolean).map((token) => links.get(token) ?? token);
}

const READ = { int: toInt, money: toMinor, seconds: toSeconds, list: toList, lines: toLines, links: toProducts, json: JSON.parse, bool: (text) => text !== "" && text !== "false" };

/** Text and type → value; null for an empty optional field; NaN when it cannot be read. */
export function typed(text, type) {
  if (["list", "lines", "links"].includes(type)) return READ[type](text);
  if (text.trim() === "" && type !== undefined) return type === "bool" ? false : null;
  return (READ[type] ?? String)(text);
}

function valueOf(input) {
  if (input.type === "checkbox") return input.dataset.type === "bool" || !input.value ? input.checked : input.checked ? input.value : null;
  if (input.type === "radio" && !input.checked) return undefined;
  const value = typed(input.value, input.dataset.type);
  return value === "" && !input.required && !("empty" in input.dataset) ? null : value;
}

function place(target, path, value) {
  const steps = path.split(".");
  const last = steps.pop();
  const holder = steps.reduce((inner, step) => (inner[step] ??= {}), target);
  holder[last] = value;
}

/** The fields of a form as an object; `offer.price` nests. Answers `{values}` or `{wrong: input}` for the first unreadable one. */
export function collect(form) {
  const values = {};
  for (const input of form.elements) {
    if (!input.name || input.disabled || input.closest("[hidden]")) continue;
    const value = valueOf(input);
    if (Number.isNaN(value)) return { wrong: input };
    if (value === undefined || (value === null && !("null" in input.dataset))) continue;
    place(values, input.name, value);
  }
  return { values };
}
