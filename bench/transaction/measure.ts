import { DatabaseSync } from "node:sqlite";
import { bytesSource } from "../../src/archive/source.ts";
import { D1_CAPABILITIES } from "../../src/database/limits.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import type { Database, Statement } from "../../src/database/port.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { randomNumbers } from "../data/random.ts";
import { INDEXES, type Load } from "./loads.ts";

export interface TransactionFigures {
  /** Bytes of staged rows. */
  stagedBytes: number;
  /** Entries in the table and its indexes. */
  rowsWritten: number;
  seconds: number;
  cpuSeconds: number;
}

const TABLE = `CREATE TABLE posts
  (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, author TEXT NOT NULL, score REAL NOT NULL, date TEXT NOT NULL)`;

/** Syncs one load into a new file at `path`, atomic in any case, and times the one transaction in it. */
export async function measureTransaction(path: string, load: Load): Promise<TransactionFigures> {
  const archive = await archiveOf(load);
  const file = new DatabaseSync(path);
  try {
    // As D1 keeps its own: a log beside the file.
    file.exec(`PRAGMA journal_mode = wal; PRAGMA synchronous = normal; ${TABLE};`);
    for (const columns of INDEXES.slice(0, load.indexes))
      file.exec(`CREATE INDEX "by ${columns}" ON posts (${columns})`);
    if (load.updates) fill(file, load, 2);
    const timed = timeApply(sqliteDatabase(file));
    const report = await advanceRun(timed.database, archive, "sync-1700000000000-transaction", {
      atomic: "always",
    });
    if (report.status !== "completed" || report.plan === null)
      throw new Error(`The sync ended as ${report.status}`);
    const { stagedBytes, rowsWritten } = report.plan;
    return { stagedBytes, rowsWritten, ...timed.figures() };
  } finally {
    file.close();
  }
}

async function archiveOf(load: Load) {
  const source = new DatabaseSync(":memory:");
  source.exec(TABLE);
  fill(source, load, 1);
  const pieces: Uint8Array[] = [];
  await exportDatabase(sqliteDatabase(source), async (bytes) => void pieces.push(bytes.slice()));
  source.close();
  return bytesSource(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()));
}

function fill(database: DatabaseSync, { rows, bodyBytes }: Load, seed: number): void {
  const random = randomNumbers(seed);
  const word = () => random().toString(36).slice(2, 12);
  const body = "the quick brown fox ".repeat(Math.ceil(bodyBytes / 20)).slice(0, bodyBytes);
  const insert = database.prepare("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?)");
  database.exec("BEGIN");
  for (let id = 1; id <= rows; id++) {
    const date = new Date(1.6e12 + random() * 1e11).toISOString();
    insert.run(id, word(), body, word(), random() * 100, date);
  }
  database.exec("COMMIT");
}

/** Times the batch that applies, which is the one that lets foreign keys wait. */
function timeApply(database: Database): {
  database: Database;
  figures(): { seconds: number; cpuSeconds: number };
} {
  let measured: { seconds: number; cpuSeconds: number } | null = null;
  const applies = ([first]: readonly Statement[]) =>
    first?.sql.startsWith("PRAGMA defer_foreign_keys") === true;
  return {
    database: {
      // D1's limits, too.
      engine: "d1",
      capabilities: D1_CAPABILITIES,
      query: (statement) => database.query(statement),
      async batch(statements) {
        if (!applies(statements)) return database.batch(statements);
        const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
        const results = await database.batch(statements);
        const { user, system } = process.cpuUsage(cpu);
        measured = { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 };
        return results;
      },
    },
    figures() {
      if (measured === null) throw new Error("Nothing was applied in one transaction");
      return measured;
    },
  };
}
