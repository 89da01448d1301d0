import type { DatabaseSync } from "node:sqlite";
import { byName } from "../../database/node-sqlite.ts";

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS _ferry_exchange (
    n INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, run TEXT, state TEXT NOT NULL,
    at INTEGER NOT NULL, undone_by TEXT);
  CREATE TABLE IF NOT EXISTS _ferry_undoing (run TEXT PRIMARY KEY, undone_by TEXT NOT NULL) WITHOUT ROWID;`;

/**
 * An exchange, and what became of it: it may still come to nothing, or it has been done. One that waits may be applied by
 * somebody else; set aside, it may as well, but the base is as it was before.
 */
export interface Exchange {
  n: number;
  /** The place that was written, by its name. */
  target: string;
  /** The key of its run. */
  run: string | null;
  state: "pending" | "waiting" | "aside" | "done" | "undone";
  /** Milliseconds since 1970. */
  at: number;
}

/** Which exchanges there were, and which of them are being undone. What they changed is kept beside it. */
export class ExchangeLog {
  readonly #sqlite: DatabaseSync;
  readonly #now: () => number;

  constructor(sqlite: DatabaseSync, { now }: { now: () => number }) {
    this.#sqlite = sqlite;
    this.#now = now;
    sqlite.exec(OWN_TABLES);
  }

  /** Begins an exchange that is pending; `target` is the name of the place that is written. */
  begin(target: string): number {
    const { lastInsertRowid } = this.#sqlite
      .prepare("INSERT INTO _ferry_exchange (target, state, at) VALUES (?, 'pending', ?)")
      .run(target, this.#now());
    return Number(lastInsertRowid);
  }

  /** Which run a pending exchange belongs to. `waits`: it may be applied later, by somebody else. */
  note(n: number, run: string, { waits = false }: { waits?: boolean } = {}): void {
    const state = waits ? "waiting" : "pending";
    this.#sqlite.prepare("UPDATE _ferry_exchange SET run = ?, state = ? WHERE n = ?").run(run, state, n);
  }

  done(n: number, run: string | null): void {
    this.#sqlite.prepare("UPDATE _ferry_exchange SET state = 'done', run = ? WHERE n = ?").run(run, n);
  }

  become(n: number, state: "pending" | "aside"): void {
    this.#sqlite.prepare("UPDATE _ferry_exchange SET state = ? WHERE n = ?").run(state, n);
  }

  find(n: number): Exchange | undefined {
    return this.#read("n = ?1", n)[0];
  }

  pending(): Exchange[] {
    return this.#read("state IN ('pending', 'waiting', 'aside')");
  }

  /** The last one that has been done. */
  last(): Exchange | null {
    return this.#read("state = 'done'").at(-1) ?? null;
  }

  /** True where any exchange is known but this one. */
  knowsMoreThan(n: number | undefined): boolean {
    return this.#sqlite.prepare("SELECT 1 FROM _ferry_exchange WHERE n <> ?").get(n ?? -1) !== undefined;
  }

  /** Those that an undo of a run takes back, or brings back where the run was such an undo itself. */
  undoneWith(run: string): Exchange[] {
    return this.#read("(run = ?1 AND state = 'done' AND undone_by IS NULL) OR undone_by = ?1", run);
  }

  /** A run has taken back an exchange that was done, or brought back one that was undone. */
  turn({ n, state }: Exchange, by: string): void {
    this.#sqlite
      .prepare("UPDATE _ferry_exchange SET state = ?, undone_by = ? WHERE n = ?")
      .run(state === "undone" ? "done" : "undone", by, n);
  }

  /** An undo of a run begins at a target that keeps nothing of it: what became of it is to be looked for. */
  beginUndo(run: string, by: string): void {
    if (this.undoneWith(run).length > 0)
      this.#sqlite.prepare("INSERT OR REPLACE INTO _ferry_undoing VALUES (?, ?)").run(run, by);
  }

  endUndo(run: string): void {
    this.#sqlite.prepare("DELETE FROM _ferry_undoing WHERE run = ?").run(run);
  }

  /** Undos that have begun, each with the exchange that it takes back. */
  undoing(): { run: string; by: string; exchange: Exchange }[] {
    const rows = this.#sqlite.prepare("SELECT run, undone_by FROM _ferry_undoing").all();
    return (rows as unknown as { run: string; undone_by: string }[]).flatMap(({ run, undone_by: by }) =>
      this.undoneWith(run).map((exchange) => ({ run, by, exchange })),
    );
  }

  #read(where: string, ...values: (string | number)[]): Exchange[] {
    return this.#sqlite
      .prepare(`SELECT n, target, run, state, at FROM _ferry_exchange WHERE ${where} ORDER BY n`)
      .all(byName(values)) as unknown as Exchange[];
  }
}
