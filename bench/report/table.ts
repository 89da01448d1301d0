import { availableParallelism, cpus, loadavg } from "node:os";
import type { ProgramFigures } from "../on-files.ts";
import { HEAP_LIMIT_MB } from "../tasks/spawn.ts";
import { STEPS } from "../through-workerd.ts";
import { type BenchResult, type Summary, summarize } from "./summary.ts";

/** The results for people. */
export function tellResults(result: BenchResult): string {
  const { workerd, files, wrangler } = result;
  const parts = [
    tellMachine(),
    "",
    heading("Through workerd: D1 to the bucket and back, every step in a process of its own"),
    grid(
      ["step", "scale", "seconds", "MB/s", "CPU s", "statements", "most", "requests", "process", "isolate"],
      workerd.flatMap(({ scale, documentBytes, steps }) =>
        STEPS.map((step) => {
          const at = steps[step];
          return [
            step,
            scale,
            at.seconds.toFixed(1),
            (documentBytes / 1e6 / at.seconds).toFixed(1),
            at.cpuSeconds.toFixed(1),
            at.statements,
            at.maxStatements,
            at.invocations,
            megabytes(at.peakBytes),
            `${megabytes(at.heapBytes)} + ${megabytes(at.bufferBytes)}`,
          ];
        }),
      ),
    ),
    `MB/s are of the JSON document (${workerd.map(({ scale, documentBytes, archiveBytes }) => `scale ${scale}: ${megabytes(documentBytes)} MB, archive ${megabytes(archiveBytes)} MB`).join("; ")}).`,
    `"most" is the largest number of statements in one request. "process" is workerd's peak, its D1 and R2 included, MB.`,
    `"isolate" is the Worker's JavaScript heap + array buffers, MB, in a second run with a heap of ${HEAP_LIMIT_MB} MB.`,
    "",
    heading("On SQLite files: the command line beside SQLite itself"),
    grid(
      ["program", "scale", "seconds", "CPU s", "peak MB"],
      files.flatMap(({ scale, peer, ...runs }) => [
        programRow("d1-ferry export", scale, runs.export),
        programRow(`${peer} .dump`, scale, runs.peerDump),
        programRow("d1-ferry import", scale, runs.import),
        programRow(`${peer} load`, scale, runs.peerLoad),
      ]),
    ),
  ];
  if (wrangler !== null) {
    parts.push(
      "",
      heading("Wrangler on the local D1, scale 1"),
      grid(
        ["program", "scale", "seconds", "CPU s", "peak MB"],
        [
          programRow("wrangler d1 export --local", 1, wrangler.export),
          programRow("wrangler d1 execute --local --file", 1, wrangler.execute),
        ],
      ),
    );
  }
  return [...parts, "", heading("In short"), tellSummary(summarize(result))].join("\n");
}

function tellSummary(summary: Summary): string {
  return Object.entries(summary)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => {
      const text =
        typeof value === "number"
          ? String(value)
          : Object.entries(value as object)
              .map(([step, ratio]) => `${step} ${ratio}`)
              .join(", ");
      return `  ${name.padEnd(18)}${text}`;
    })
    .join("\n");
}

/** Seconds from a busy machine say little; the CPU time still does. */
function tellMachine(): string {
  const load = loadavg()[0] as number;
  const busy = load > 1.5 * availableParallelism() ? ": busy with other work, so look at CPU seconds" : "";
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), load ${load.toFixed(1)}${busy}`;
}

type CellText = string | number;

function programRow(name: string, scale: number, run: ProgramFigures): CellText[] {
  return [name, scale, run.seconds.toFixed(1), run.cpuSeconds.toFixed(1), megabytes(run.peakBytes)];
}

function megabytes(bytes: number | null): string {
  return bytes === null ? "-" : (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

const heading = (text: string) => `${text}\n`;

function grid(names: string[], rows: CellText[][]): string {
  const lines = [names, ...rows].map((row) => row.map(String));
  const widths = names.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join("  "),
    )
    .map((line) => `  ${line}`)
    .join("\n");
}
