import { type Grid, gridMarkdown, gridText } from "../report/grid.ts";
import { count, figure, megabytesExact } from "../report/numbers.ts";
import { LARGE_HEAP_MB, type LargePush } from "./push.ts";

export interface LargeSummary {
  /** Peak memory of the largest push over that of the smallest: the CLI's process, and each Worker's isolate. */
  cliGrowth: number | null;
  sourceIsolateGrowth: number | null;
  targetIsolateGrowth: number | null;
  sourceProcessGrowth: number | null;
  targetProcessGrowth: number | null;
  /** Each isolate's peak in the largest push, MB. */
  sourceIsolateMB: number;
  targetIsolateMB: number;
  /** Seconds a row of the largest push over that of the smallest. */
  timePerRowGrowth: number | null;
}

export function summarizeLarge(pushes: readonly LargePush[]): LargeSummary {
  const [small, large] = [pushes[0] as LargePush, pushes.at(-1) as LargePush];
  const growth = (of: (push: LargePush) => number | null) => {
    const [before, after] = [of(small), of(large)];
    return small === large || before === null || after === null ? null : rounded(after / before);
  };
  return {
    cliGrowth: growth(({ cliBytes }) => cliBytes),
    sourceIsolateGrowth: growth(({ source }) => source.isolate.total),
    targetIsolateGrowth: growth(({ target }) => target.isolate.total),
    sourceProcessGrowth: growth(({ source }) => source.processBytes),
    targetProcessGrowth: growth(({ target }) => target.processBytes),
    sourceIsolateMB: rounded(large.source.isolate.total / 1e6),
    targetIsolateMB: rounded(large.target.isolate.total / 1e6),
    timePerRowGrowth: growth(({ seconds, rows }) => seconds / rows),
  };
}

export function tellLarge(pushes: readonly LargePush[]): string {
  const summary = Object.entries(summarizeLarge(pushes)).filter(([, value]) => value !== null);
  return [
    ...largeGrids(pushes).map(gridText),
    largeNote(),
    summary.map(([name, value]) => `  ${name.padEnd(22)}${value}`).join("\n"),
  ].join("\n\n");
}

export function largeMarkdown(pushes: readonly LargePush[], machine: string): string {
  const summary = summarizeLarge(pushes);
  const growths = [
    `command line ${summary.cliGrowth ?? "–"}`,
    `source isolate ${summary.sourceIsolateGrowth ?? "–"}`,
    `target isolate ${summary.targetIsolateGrowth ?? "–"}`,
    `source process ${summary.sourceProcessGrowth ?? "–"}`,
    `target process ${summary.targetProcessGrowth ?? "–"}`,
  ];
  const growth = `Peak memory, largest over smallest: ${growths.join(", ")}.`;
  return [`${machine}.`, ...largeGrids(pushes).map(gridMarkdown), growth, largeNote()].join("\n\n");
}

/** What was done and how long it took; what it held. */
export function largeGrids(pushes: readonly LargePush[]): Grid[] {
  const names = ["", ...pushes.map(({ rows, bytes }) => `${count(rows)} rows, ${count(bytes / 1e6)} MB`)];
  const row = (name: string, of: (push: LargePush) => string) => [name, ...pushes.map(of)];
  const phases = pushes[0]?.phases ?? [];
  return [
    {
      names,
      rows: [
        row("seconds", ({ seconds }) => figure(seconds)),
        ...phases.map(({ name }, i) =>
          row(
            `· ${name} (requests)`,
            ({ phases: own }) => `${figure(own[i]?.seconds ?? null)} (${own[i]?.invocations})`,
          ),
        ),
        row("statements, source", ({ source }) => count(source.statements)),
        row("statements, target", ({ target }) => count(target.statements)),
        row("rows written, target", ({ target }) => count(target.rowsWritten)),
      ],
    },
    {
      names,
      rows: [
        row("command line, process MB", ({ cliBytes }) => megabytesExact(cliBytes)),
        row("source, isolate MB", ({ source }) => megabytesExact(source.isolate.total)),
        row("target, isolate MB", ({ target }) => megabytesExact(target.isolate.total)),
        row("source, workerd process MB", ({ source }) => megabytesExact(source.processBytes)),
        row("target, workerd process MB", ({ target }) => megabytesExact(target.processBytes)),
        row("local R2 alone, workerd process MB", ({ streamBytes }) => megabytesExact(streamBytes)),
      ],
    },
  ];
}

export function largeNote(): string {
  return `Each Worker's heap is limited to ${LARGE_HEAP_MB} MB. Its isolate, array buffers included, is looked at behind each answer of database and bucket, garbage collected; that is in the seconds. The last line is a Worker without d1-ferry that hands an object of the archive's size, written in parts, on in one answer. All cells of both databases were compared afterwards.`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
