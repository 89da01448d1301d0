import type { Database, Statement } from "../../database/port.ts";
import { RUNS } from "./control-tables.ts";
import { forgetHistory, historyStatements } from "./history.ts";

/** A run that an undo takes back: the one that it names, or one that an undo in this chain took back before. */
export interface UndoneRun {
  key: string;
  version: number | null;
}

/**
 * The run that an undo names; behind it, where that is an undo itself, the run which that one undid, and so on. One
 * statement.
 */
export async function readUndone(database: Database, key: string): Promise<UndoneRun[]> {
  const rows = await database.query({
    sql: `WITH RECURSIVE undone (key, undoes, version, n) AS (
        SELECT key, record ->> '$.undoes', record ->> '$.version', 0 FROM ${RUNS} WHERE key = ?1
        UNION ALL SELECT run.key, run.record ->> '$.undoes', run.record ->> '$.version', n + 1
          FROM undone CROSS JOIN ${RUNS} AS run ON run.key = undone.undoes)
      SELECT key, version FROM undone ORDER BY n`,
    params: [key],
  });
  return (rows as [string, number | null][]).map(([found, version]) => ({ key: found, version }));
}

export interface UndoMark {
  /** The undo's own key. */
  run: string;
  undone: readonly UndoneRun[];
  /** Milliseconds since 1970. */
  now: number;
  /** Whether the database has a history of versions. */
  history: boolean;
}

/**
 * Marks the run undone. Where that is an undo itself, what it undid is there again, and so on: the version of the
 * first run leaves the history, or comes back.
 */
export function undoneStatements({ run, undone, now, history }: UndoMark): Statement[] {
  const by = undone.flatMap(({ key }, i) => (i % 2 === 0 ? [[key, undone[i - 1]?.key ?? run]] : []));
  const again = undone.flatMap(({ key }, i) => (i % 2 === 0 ? [] : [key]));
  const first = undone.at(-1);
  const version = first?.version ?? null;
  const marks: Statement[] = [
    {
      sql: `UPDATE ${RUNS} SET record = json_set(record, '$.undoneBy', (SELECT value ->> 1 FROM json_each(?1) WHERE value ->> 0 = ${RUNS}.key))
        WHERE key IN (SELECT value ->> 0 FROM json_each(?1))`,
      params: [JSON.stringify(by)],
    },
    {
      sql: `UPDATE ${RUNS} SET record = json_remove(record, '$.undoneBy') WHERE key IN (SELECT value FROM json_each(?1))`,
      params: [JSON.stringify(again)],
    },
  ];
  if (!history || first === undefined || version === null) return marks;
  const isGone = undone.length % 2 === 1;
  const versions = { run: first.key, version };
  return [
    ...marks,
    ...(isGone ? [forgetHistory(versions)] : historyStatements({ ...versions, now, replaced: true })),
  ];
}
