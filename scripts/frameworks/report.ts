import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FrameworkApp } from "./catalogue.ts";
import type { Journey } from "./journey.ts";

const DOCS = fileURLToPath(new URL("../../docs/frameworks.md", import.meta.url));

/** What became of one framework's app. */
export type Outcome = { framework: FrameworkApp } & ({ journey: Journey } | { error: Error });

/** As `--json` prints it. */
export function summaryOf({ framework: { name }, ...outcome }: Outcome) {
  if ("error" in outcome) return { name, synced: false, error: outcome.error.message };
  const { typed, seconds, npmSeconds, part } = outcome.journey;
  return {
    name,
    synced: true,
    typed: typed.length,
    seconds: round(seconds),
    npmSeconds: round(npmSeconds),
    partBytes: part.bytes,
    streamed: part.streamed,
  };
}

export function tableLines(outcomes: readonly Outcome[]): string[] {
  return [
    "| framework | made by | typed | seconds | a part of 25 MiB |",
    "|---|---|---|---|---|",
    ...outcomes.flatMap((outcome) => {
      if ("error" in outcome) return [];
      const { framework, journey } = outcome;
      const part = journey.part.streamed ? "streams" : "is read to its end first";
      const cells = [
        framework.title,
        framework.starter,
        journey.typed.length,
        journey.seconds.toFixed(0),
        part,
      ];
      return [`| ${cells.join(" | ")} |`];
    }),
  ];
}

const TABLE = /(<!-- The table that npm run frameworks -- --write makes -->\n)[\s\S]*?(<!-- end -->)/;

/** Puts the table into the docs. */
export async function writeTable(outcomes: readonly Outcome[]): Promise<void> {
  const text = await readFile(DOCS, "utf8");
  if (!TABLE.test(text)) throw new Error(`${DOCS} has no place for the table`);
  await writeFile(
    DOCS,
    text.replace(TABLE, (_all, begin, end) => `${begin}${tableLines(outcomes).join("\n")}\n${end}`),
  );
}

const round = (value: number) => Math.round(value * 10) / 10;
