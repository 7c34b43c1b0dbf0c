/**
 * Curves with rows and offers marked on them, from the `data-curves` JSON of an element:
 * `{times: [epoch s] (or start, step in s), series: [{label, values: [number|null], unit?: "money", side?: true}], marks: [{at: epoch s, label, kind}]}`.
 */
import { word } from "./words.js";

const COLOURS = ["--accent", "--live", "--armed", "--asked", "--held", "--good"];
const MARK_COLOURS = { row: "--line-strong", offer: "--armed", mark: "--over", note: "--over" };
const drawn = new Map();
let library;

async function uplot() {
  library ??= import("/static/vendor/uplot.js").then((module) => module.default);
  return library;
}

function colour(element, name) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function amount(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit !== "money") return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 }).format(value / 100);
}

function axes(element, curves) {
  const line = { stroke: colour(element, "--line"), width: 1 };
  const base = { stroke: colour(element, "--ink-faint"), grid: line, ticks: line, font: `11px ${colour(element, "--font-text")}` };
  const scales = curves.series.some((series) => series.side) ? ["y", "side"] : ["y"];
  const unit = (side) => curves.series.find((series) => Boolean(series.side) === side)?.unit;
  const values = scales.map((scale, at) => ({
    ...base,
    scale,
    side: at ? 1 : 3,
    size: 52,
    grid: at ? { show: false } : line,
    values: (_, splits) => splits.map((split) => amount(split, unit(at === 1))),
  }));
  return [{ ...base, values: (_, splits) => splits.map(timeOfDay), space: 70, incrs: [60, 300, 600, 900, 1800, 3600, 7200] }, ...values];
}

function timeOfDay(seconds) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(seconds * 1000);
}

function seriesOf(element, curves) {
  return curves.series.map((series, at) => ({
    label: series.label,
    scale: series.side ? "side" : "y",
    stroke: colour(element, COLOURS[at % COLOURS.length]),
    width: at === 0 ? 2.25 : 1.5,
    dash: at > 2 ? [5, 3] : undefined,
    spanGaps: false,
    points: { show: false },
    value: (_, value) => amount(value, series.unit),
  }));
}

/** Vertical marks under the curves, their labels staggered so that neighbours stay readable. */
function marks(element, curves) {
  const paint = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = `${11 * devicePixelRatio}px ${colour(element, "--font-text")}`;
    let lastEnd = [-Infinity, -Infinity, -Infinity];
    for (const mark of curves.marks ?? []) {
      const x = plot.valToPos(mark.at, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = colour(element, MARK_COLOURS[mark.kind] ?? "--line-strong");
      line(ctx, x, bbox, mark.kind === "row");
      lastEnd = label(ctx, x, bbox, mark.label ?? "", lastEnd);
    }
    ctx.restore();
  };
  return { hooks: { drawClear: [paint] } };
}

function line(ctx, x, bbox, dashed) {
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dashed ? [3 * devicePixelRatio, 4 * devicePixelRatio] : []);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

function label(ctx, x, bbox, text, lastEnd) {
  const short = text.length > 10 ? `${text.slice(0, 9)}…` : text;
  const level = lastEnd.findIndex((end) => end < x);
  if (level < 0) return lastEnd;
  ctx.fillText(short, x + 3 * devicePixelRatio, bbox.top + (12 + level * 13) * devicePixelRatio);
  return lastEnd.with(level, x + ctx.measureText(short).width + 8 * devicePixelRatio);
}

async function draw(element) {
  const curves = JSON.parse(element.dataset.curves || "{}");
  if (curves.step) curves.times = (curves.series[0]?.values ?? []).map((_, at) => curves.start + at * curves.step);
  drawn.get(element)?.destroy();
  drawn.delete(element);
  if (!(curves.times?.length > 1)) {
    element.replaceChildren(Object.assign(document.createElement("p"), { className: "empty shown", textContent: word("no_data") }));
    return;
  }
  const Plot = await uplot();
  if (!element.isConnected) return;
  element.replaceChildren();
  const options = {
    width: element.clientWidth,
    height: element.clientHeight || 220,
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { live: !("quiet" in element.dataset), show: !("quiet" in element.dataset) },
    scales: { x: { time: true } },
    axes: "quiet" in element.dataset ? [{ show: false }, { show: false }] : axes(element, curves),
    series: [{ label: word("time"), value: (_, value) => (value ? timeOfDay(value) : "–") }, ...seriesOf(element, curves)],
    plugins: [marks(element, curves)],
  };
  const plot = new Plot(options, [curves.times, ...curves.series.map((series) => series.values)], element);
  drawn.set(element, plot);
  requestAnimationFrame(() => drawn.get(element) === plot && fit(element, plot));
}

/** The legend's lines take their height from the plot, so that the whole stays in its box. */
function fit(element, plot) {
  const legend = element.querySelector(".u-legend")?.offsetHeight ?? 0;
  plot.setSize({ width: element.clientWidth, height: Math.max(60, (element.clientHeight || 220) - legend) });
}

function drawNew() {
  for (const [element, plot] of drawn) if (!element.isConnected) (plot.destroy(), drawn.delete(element));
  for (const element of document.querySelectorAll("[data-curves]")) if (!drawn.has(element)) draw(element);
}

export function start() {
  drawNew();
  document.addEventListener("htmx:after:swap", drawNew);
  addEventListener("resize", () => drawn.forEach((plot, element) => fit(element, plot)));
}
