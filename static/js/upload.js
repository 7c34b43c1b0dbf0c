/** Import of a run of show: the sheet is read without effect first, its columns and problems are shown, then applied. */
import { csrf, showId } from "./envelope.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

/** Only what the person changed: header → field, or `custom` to keep the column as it is. */
let mapping = {};

function form() {
  return document.querySelector("form[data-upload]");
}

async function call(dryRun) {
  const body = new FormData();
  body.append("file", form().elements.file.files[0]);
  body.append("mapping", JSON.stringify(mapping));
  const path = `/api/v1/shows/${encodeURIComponent(showId())}/run-of-show${dryRun ? "?dry_run=1" : ""}`;
  const answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json", "X-CSRF-Token": csrf() } });
  return { ok: answer.ok, body: await answer.json().catch(() => ({})) };
}

function element(name, text = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

function fieldChoice(header, field) {
  const select = document.createElement("select");
  select.append(document.getElementById("import-fields").content.cloneNode(true));
  const shown = !field || field.startsWith("custom") ? "custom" : field;
  if (![...select.options].some((option) => option.value === shown)) select.append(new Option(shown, shown));
  select.value = shown;
  select.setAttribute("aria-label", header);
  select.addEventListener("change", () => ((mapping[header] = select.value), preview()));
  return select;
}

function columnsTable(columns) {
  const table = element("table", "", "table");
  for (const [header, field] of Object.entries(columns)) {
    const line = table.insertRow();
    line.insertCell().textContent = header;
    line.insertCell().append(fieldChoice(header, field));
  }
  return table;
}

function problemLine(problem) {
  const line = element("li", "", `notice ${problem.severity === "error" ? "bad" : "warn"}`);
  const place = [problem.sheet, problem.row && word("row_n", { n: problem.row }), problem.column].filter(Boolean).join(" · ");
  line.append(element("strong", place), element("span", problem.why));
  return line;
}

function show(body) {
  const result = document.getElementById("import-result");
  const problems = body.problems ?? [];
  const list = element("ul", "", "rows");
  list.append(...problems.map(problemLine));
  const count = Array.isArray(body.rows) ? body.rows.length : (body.rows ?? 0);
  result.replaceChildren(element("p", word("n_rows_found", { n: count }), "figure"), columnsTable(body.columns ?? {}), list);
  const broken = problems.some((problem) => problem.severity === "error");
  form().querySelector("[data-apply]").disabled = broken || count === 0;
}

async function preview() {
  if (!form().elements.file.files.length) return;
  form().setAttribute("aria-busy", "true");
  try {
    const { ok, body } = await call(true);
    if (body.columns) show(body);
    else if (!ok) toast(body.why ?? word("failed"));
  } catch {
    toast(word("no_answer"));
  } finally {
    form().removeAttribute("aria-busy");
  }
}

async function apply(event) {
  event.preventDefault();
  try {
    const { ok, body } = await call(false);
    if (!ok) return body.columns ? show(body) : toast(body.why ?? word("failed"));
    toast(word("imported"), "good");
    form().closest("dialog")?.close();
  } catch {
    toast(word("no_answer"));
  }
}

export function start() {
  if (!form()) return;
  form().elements.file.addEventListener("change", () => ((mapping = {}), preview()));
  form().addEventListener("submit", apply);
}
