/** Beside the plan's grid: the script and notes of the row one is on, kept fresh when the row is patched. */
const pane = () => document.getElementById("row-pane");
let shown = "";

function show(row) {
  const source = row?.querySelector("template.detail");
  if (!source || pane().contains(document.activeElement)) return;
  shown = row.dataset.row;
  document.querySelector("[data-grid] tr.on")?.classList.remove("on");
  row.classList.add("on");
  pane().replaceChildren(source.content.cloneNode(true));
}

function refresh() {
  const row = shown && document.querySelector(`[data-grid] tr[data-row="${CSS.escape(shown)}"]`);
  if (row) show(row);
}

export function start() {
  if (!pane()) return;
  document.addEventListener("focusin", (event) => show(event.target.closest?.("[data-grid] tr[data-row]")));
  document.addEventListener("click", (event) => show(event.target.closest?.("[data-grid] tr[data-row]")));
  document.addEventListener("htmx:after:swap", refresh);
}
