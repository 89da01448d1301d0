import { type Grid, gridMarkdown, gridText } from "../report/grid.ts";
import { count, figure, megabytesExact } from "../report/numbers.ts";
import { LARGE_HEAP_MB } from "./apps.ts";
import type { LargePushes, PushFigures } from "./push.ts";

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
  /** Of the largest: what the later pushes took of the first one's seconds and bytes. */
  nothingChangedTime: number;
  nothingChangedBytes: number;
  fewChangedTime: number;
  fewChangedBytes: number;
}

export function summarizeLarge(pushes: readonly LargePushes[]): LargeSummary {
  const [small, large] = [pushes[0] as LargePushes, pushes.at(-1) as LargePushes];
  const growth = (of: (pushes: LargePushes) => number | null) => {
    const [before, after] = [of(small), of(large)];
    return small === large || before === null || after === null ? null : rounded(after / before);
  };
  const { first, nothingChanged, fewChanged } = large;
  return {
    cliGrowth: growth(({ first }) => first.cliBytes),
    sourceIsolateGrowth: growth(({ first }) => first.source.isolate.total),
    targetIsolateGrowth: growth(({ first }) => first.target.isolate.total),
    sourceProcessGrowth: growth(({ first }) => first.source.processBytes),
    targetProcessGrowth: growth(({ first }) => first.target.processBytes),
    sourceIsolateMB: rounded(first.source.isolate.total / 1e6),
    targetIsolateMB: rounded(first.target.isolate.total / 1e6),
    timePerRowGrowth: growth(({ first, rows }) => first.seconds / rows),
    nothingChangedTime: rounded(nothingChanged.seconds / first.seconds),
    nothingChangedBytes: rounded(trafficOf(nothingChanged) / trafficOf(first)),
    fewChangedTime: rounded(fewChanged.seconds / first.seconds),
    fewChangedBytes: rounded(trafficOf(fewChanged) / trafficOf(first)),
  };
}

const trafficOf = ({ source, target }: PushFigures): number => source.trafficBytes + target.trafficBytes;

export function tellLarge(pushes: readonly LargePushes[]): string {
  const summary = Object.entries(summarizeLarge(pushes)).filter(([, value]) => value !== null);
  return [
    ...largeGrids(pushes).map(gridText),
    largeNote(),
    summary.map(([name, value]) => `  ${name.padEnd(22)}${value}`).join("\n"),
  ].join("\n\n");
}

export function largeMarkdown(pushes: readonly LargePushes[], machine: string): string {
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

/** What the first push did and how long it took; what it held; and the same of the later ones. */
export function largeGrids(pushes: readonly LargePushes[]): Grid[] {
  const names = ["", ...pushes.map(({ rows, bytes }) => `${count(rows)} rows, ${count(bytes / 1e6)} MB`)];
  const row = (name: string, of: (pushes: LargePushes) => string) => [name, ...pushes.map(of)];
  const phases = pushes[0]?.first.phases ?? [];
  return [
    {
      names,
      rows: [
        row("seconds", ({ first }) => figure(first.seconds)),
        ...phases.map(({ name }, i) =>
          row(
            `· ${name} (requests)`,
            ({ first: { phases: own } }) => `${figure(own[i]?.seconds ?? null)} (${own[i]?.invocations})`,
          ),
        ),
        row("statements, source", ({ first }) => count(first.source.statements)),
        row("statements, target", ({ first }) => count(first.target.statements)),
        row("rows written, target", ({ first }) => count(first.target.rowsWritten)),
      ],
    },
    {
      names,
      rows: [
        row("command line, process MB", ({ first }) => megabytesExact(first.cliBytes)),
        row("source, isolate MB", ({ first }) => megabytesExact(first.source.isolate.total)),
        row("target, isolate MB", ({ first }) => megabytesExact(first.target.isolate.total)),
        row("source, workerd process MB", ({ first }) => megabytesExact(first.source.processBytes)),
        row("target, workerd process MB", ({ first }) => megabytesExact(first.target.processBytes)),
        row("local R2 alone, workerd process MB", ({ streamBytes }) => megabytesExact(streamBytes)),
      ],
    },
    { names, rows: [...laterRows("nothing changed"), ...laterRows("0.1 % changed")] },
  ];

  function laterRows(name: "nothing changed" | "0.1 % changed"): string[][] {
    const later = (one: LargePushes) => (name === "nothing changed" ? one.nothingChanged : one.fewChanged);
    const ratio = (of: (push: PushFigures) => number) => (one: LargePushes) =>
      `${figure(of(later(one)))} (${figure((of(later(one)) / of(one.first)) * 100)} %)`;
    return [
      row(
        `${name}: seconds (of the first push's)`,
        ratio(({ seconds }) => seconds),
      ),
      row(
        "· kB, both apps (of the first push's)",
        ratio((push) => trafficOf(push) / 1000),
      ),
      row("· rows written, target", (one) => count(later(one).target.rowsWritten)),
      row("· command line, process MB", (one) => megabytesExact(later(one).cliBytes)),
      row("· source, isolate MB", (one) => megabytesExact(later(one).source.isolate.total)),
      row("· target, isolate MB", (one) => megabytesExact(later(one).target.isolate.total)),
    ];
  }
}

export function largeNote(): string {
  return `Each Worker's heap is limited to ${LARGE_HEAP_MB} MB. Its isolate, array buffers included, is looked at behind each answer of database and bucket, garbage collected; that is in the seconds. The last line is a Worker without d1-ferry that hands an object of the archive's size, written in parts, on in one answer. The later pushes are from the same laptop. All cells of both databases were compared after the first push and after the last.`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
