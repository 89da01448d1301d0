import { widthOf } from "../../src/cli/printing/layout/width.ts";
import type { Terminal } from "./type-in.ts";

/** What the command uses of a terminal's colours, by the code that turns it on. */
const COLOURS: Readonly<Record<string, string>> = {
  2: "#8496a0",
  31: "#ff8f86",
  32: "#74d19a",
  33: "#f0b65d",
  34: "#8fbbfb",
  36: "#62cbd6",
};

/** Of a cell, pixels. */
const CELL = { width: 8.4, height: 21 };
const MARGIN = 22;

/** The terminal as a picture in which the text stays text, in whatever type the reader's machine has for code. */
export function drawTerminal({ command, output }: Terminal): string {
  const lines = [[{ text: "$ ", colour: "#62cbd6", bold: true }, plain(command)], ...runsOf(output)];
  const columns = Math.max(...lines.map((line) => line.reduce((sum, { text }) => sum + widthOf(text), 0)));
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(command)} in a terminal">`,
    `<rect width="100%" height="100%" rx="10" fill="#0e161b"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#e7eef1">`,
    ...lines.flatMap((line, i) => textsOf(line, MARGIN + (i + 0.75) * CELL.height)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

interface Run {
  text: string;
  colour?: string | undefined;
  bold?: boolean;
}

const plain = (text: string): Run => ({ text });

/** Words at their columns: wider gaps than one space are left to no viewer. */
function textsOf(line: readonly Run[], y: number): string[] {
  let column = 0;
  return line.flatMap(({ text, colour, bold }) => {
    const from = column;
    column += widthOf(text);
    return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => {
      const x = MARGIN + (from + widthOf(text.slice(0, index))) * CELL.width;
      const attributes = [
        `x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${(widthOf(words) * CELL.width).toFixed(1)}"`,
        ...(colour === undefined ? [] : [`fill="${colour}"`]),
        ...(bold ? ['font-weight="700"'] : []),
      ];
      return `<text ${attributes.join(" ")}>${escapeXml(words)}</text>`;
    });
  });
}

/** What stands on each line, cut where the style changes. */
function runsOf(output: string): Run[][] {
  const lines: Run[][] = [[]];
  let open = new Set<string>();
  for (const [i, piece] of output.trimEnd().replaceAll("\r", "").split("\u001b[").entries()) {
    const [, codes = "", styled = ""] = /^([\d;]*)m([\s\S]*)$/.exec(piece) ?? [];
    if (i > 0) for (const code of codes.split(";")) open = after(open, code || "0");
    const colour = [...open].flatMap((code) => COLOURS[code] ?? []).at(-1);
    for (const [j, text] of (i === 0 ? piece : styled).split("\n").entries()) {
      if (j > 0) lines.push([]);
      if (text !== "") lines.at(-1)?.push({ text, colour, bold: open.has("1") });
    }
  }
  return lines;
}

/** 22 ends bold and faint, 39 a colour, 0 everything. */
function after(open: ReadonlySet<string>, code: string): Set<string> {
  if (code === "0") return new Set();
  if (code === "22") return new Set([...open].filter((one) => one !== "1" && one !== "2"));
  if (code === "39") return new Set([...open].filter((one) => !one.startsWith("3")));
  return new Set([...open, code]);
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
