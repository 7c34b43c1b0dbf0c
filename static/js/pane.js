/** Beside the plan's grid: the script and notes of the row one is on, kept fresh when the row is patched. */
const pane = () => document.getElementById("row-pane");
let shown = "";
let blank;

function show(row) {
  const source = row?.querySelector("template.detail");
  if (!source || pane().contains(document.activeElement)) return;
  shown = row.dataset.row;
  document.querySelector("[data-grid] tr.on")?.classList.remove("on");
  row.classList.add("on");
  pane().replaceChildren(source.content.cloneNode(true));
}

function refresh() {
  if (!shown) return;
  const row = document.querySelector(`[data-grid] tr[data-row="${CSS.escape(shown)}"]`);
  if (row) return show(row);
  shown = "";
  pane().replaceChildren(...blank.map((node) => node.cloneNode(true)));
}

export function start() {
  if (!pane()) return;
  blank = [...pane().childNodes];
  document.addEventListener("focusin", (event) => show(event.target.closest?.("[data-grid] tr[data-row]")));
  document.addEventListener("click", (event) => show(event.target.closest?.("[data-grid] tr[data-row]")));
  document.addEventListener("htmx:after:swap", refresh);
}
