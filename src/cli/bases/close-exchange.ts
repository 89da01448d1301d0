import { openArchive } from "../../archive/reader.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import type { ByteSource, Cell } from "../../archive/types.ts";
import { isSameTable } from "../../grants.ts";
import type { Session } from "../journey/session.ts";
import type { JourneyOutcome } from "../journey/target-run.ts";
import type { TransferFlags } from "../options/run-options.ts";
import type { BaseFile, SkippedRows } from "./base-file.ts";
import { ExpectedRows } from "./expected-rows.ts";
import type { Expectation } from "./only-inserts.ts";
import { type DescribeSource, tellsRowsApart, writeWholeArchive } from "./whole-exchange.ts";

export interface EndedExchange {
  outcome: JourneyOutcome;
  /** The run's key. */
  key: string;
  /** Its number in the base; null where everything was sent and only missing rows were inserted. */
  exchange: number | null;
  /** What was sent. */
  archive: ByteSource;
  flags: Pick<TransferFlags, "mode">;
  /** The target's name. */
  target: string;
  /** What it was to write, where that is known. */
  expected: Expectation | null;
  /** Tables in which rows could not be told apart: nothing is known of them once they were sent. */
  notCompared: readonly string[];
  describe: DescribeSource;
}

/** The base learns what the run came to. What the run did stays done where that fails. */
export async function closeExchange(
  base: BaseFile,
  ended: EndedExchange,
  { printer }: Pick<Session, "printer">,
): Promise<void> {
  try {
    await learn(base, ended);
  } catch (error) {
    forgetAfter(error, base, { printer });
  }
}

/** The base cannot hold what is exchanged: nothing is known any more. */
export function forgetAfter(error: unknown, base: BaseFile, { printer }: Pick<Session, "printer">): void {
  const { message } = error as Error;
  printer.warn(
    `What was exchanged could not be kept (${message}): the next push or pull knows nothing of it`,
  );
  base.forgetAll();
}

async function learn(base: BaseFile, ended: EndedExchange): Promise<void> {
  const { outcome, key, exchange } = ended;
  const { end, kept = false, run } = outcome;
  if (end === "completed") {
    const n = exchange ?? (await writeInserted(base, ended));
    for (const rows of skippedIn(run, ended.expected)) base.takeBackOf(n, rows);
    const { header } = await openArchive(ended.archive);
    for (const schema of schemaTables(header.schema))
      if (!tellsRowsApart(schema) || ended.notCompared.some((name) => isSameTable(name, schema.name)))
        base.forget(schema.name);
    base.done(n, key);
  } else if (exchange !== null) {
    if (end === "handed over" || kept) base.exchanges.note(exchange, key, { waits: true });
    else base.takeBack(exchange);
  }
}

/** By table, the rows that a run left out: by their keys where its plan tells which they are. */
function skippedIn({ results, plan }: JourneyOutcome["run"], expected: Expectation | null): SkippedRows[] {
  return Object.entries(results ?? {}).flatMap(([name, { skipped }]) => {
    if (skipped === 0) return [];
    const listed = new Set(
      plan?.conflicts.flatMap(({ table, key }) => (isSameTable(table, name) ? [key] : [])),
    );
    const keys =
      listed.size === skipped
        ? [...listed].map((key) => JSON.parse(key) as Cell[])
        : expected instanceof ExpectedRows
          ? expected.notPlanned(name)
          : undefined;
    return [{ name, keys: keys?.length === skipped ? keys : null }];
  });
}

/** Tables of which the target had rows already: in a run that inserts alone they stay, the same as the source's or not. */
function thereBefore({ results }: JourneyOutcome["run"]): string[] {
  return Object.entries(results ?? {}).flatMap(([name, { unchanged }]) => (unchanged > 0 ? [name] : []));
}

/** Which rows were inserted is known of the tables alone that had none: all are. */
async function writeInserted(
  base: BaseFile,
  { outcome, flags, notCompared, ...ended }: EndedExchange,
): Promise<number> {
  const leavesOut = [...notCompared, ...thereBefore(outcome.run)];
  return writeWholeArchive(base, { ...ended, mode: flags.mode, leavesOut });
}
