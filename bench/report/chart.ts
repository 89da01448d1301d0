import type { BenchResult } from "../result.ts";
import { find, medianOf, series } from "./figures.ts";
import { count, figure } from "./numbers.ts";
import { byHandSecondsPerRow } from "./summary.ts";

interface Bar {
  label: string;
  seconds: number;
  kind: "ours" | "peer" | "extrapolated";
}

const WIDTH = 760;
const LEFT = 290;
const RIGHT = 70;
const ROW = 26;
const THICKNESS = 14;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .grid { stroke: #d1d9e0 }
  .ours { fill: #d9480f }
  .peer { fill: #8c959f }
  .extrapolated { fill: none; stroke: #8c959f; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .ours { fill: #ff922b }
    .peer { fill: #6e7681 }
    .extrapolated { stroke: #6e7681 }
  }`;

/** Seconds of everybody as bars, at the largest size that wrangler ran too: an SVG for light and dark pages. */
export function drawChart(result: BenchResult): string {
  const rows = (series(result.timed, "wrangler-import").at(-1) ?? result.timed.at(-1))?.rows ?? 0;
  const groups = [
    { name: "Export", bars: barsOf(result, "export", rows) },
    { name: "Import", bars: barsOf(result, "import", rows) },
  ];
  const all = groups.flatMap(({ bars }) => bars.map(({ seconds }) => seconds));
  const most = Math.max(...all);
  const ticks = powersFrom(Math.min(...all), most);
  const least = ticks[0] as number;
  const x = (seconds: number) =>
    LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(seconds / least)) / Math.log(most / least);

  const size = result.sizes.find((candidate) => candidate.rows === rows);
  const title = `${count(rows)} posts, ${count((size?.bytes ?? 0) / 1e6)} MB: seconds, less is better`;
  let y = 58;
  const parts: string[] = [];
  for (const { name, bars } of groups) {
    parts.push(text(14, y + 4, name, "title"));
    y += 4;
    for (const bar of bars) {
      y += ROW;
      parts.push(...drawBar(bar, y, x));
    }
    y += ROW + 12;
  }
  const bottom = y - 14;
  const grid = ticks.flatMap((tick) => [
    `<line class="grid" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="46" y2="${bottom}"/>`,
    text(x(tick), bottom + 18, `${tick.toLocaleString("en")} s`, "quiet", "middle"),
  ]);
  const height = bottom + 50;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}">`,
    `<style>${STYLE}\n</style>`,
    text(14, 26, title, "title"),
    ...grid,
    ...parts,
    text(
      14,
      height - 10,
      "Logarithmic: each line is ten times the one before. Dashed: extrapolated from 1,000 rows.",
      "quiet",
    ),
    "</svg>",
  ].join("\n")}\n`;
}

function barsOf({ timed }: BenchResult, direction: "export" | "import", rows: number): Bar[] {
  const names = new Set(
    timed.filter(({ contender }) => contender.direction === direction).map(({ contender }) => contender.name),
  );
  names.delete("by-hand");
  const bars = [...names].flatMap((name): Bar[] => {
    const measure = find(timed, name, rows);
    const seconds = measure === undefined ? null : medianOf(measure, (sample) => sample.seconds);
    if (measure === undefined || seconds === null) return [];
    return [
      { label: measure.contender.label, seconds, kind: /^(ferry|files)-/.test(name) ? "ours" : "peer" },
    ];
  });
  const perRow = direction === "import" ? byHandSecondsPerRow(timed) : null;
  if (perRow !== null)
    bars.push({ label: "row-at-a-time inserts by hand", seconds: perRow * rows, kind: "extrapolated" });
  return bars.sort((a, b) => a.seconds - b.seconds);
}

function drawBar({ label, seconds, kind }: Bar, y: number, x: (seconds: number) => number): string[] {
  const end = Math.max(x(seconds), LEFT + 2);
  return [
    text(LEFT - 10, y + 4, label, "", "end"),
    `<rect class="${kind}" x="${LEFT}" y="${y - THICKNESS / 2}" width="${at(end - LEFT)}" height="${THICKNESS}" rx="2"/>`,
    text(end + 6, y + 4, figure(seconds)),
  ];
}

/** 0.1, 1, 10 … from below the least up to the most. */
function powersFrom(least: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(least)), Math.floor(Math.log10(most))];
  return Array.from({ length: to - from + 1 }, (_, i) => Number((10 ** (from + i)).toPrecision(1)));
}

function text(x: number, y: number, content: string, style = "", anchor = "start"): string {
  const classes = style === "" ? "" : ` class="${style}"`;
  const anchored = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${at(x)}" y="${at(y)}"${classes}${anchored}>${escapeText(content)}</text>`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeText(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
