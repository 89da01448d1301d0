import type { DatabaseSync } from "node:sqlite";
import type { Key, Range } from "../../archive/types.ts";
import type { Bytes } from "../../bytes.ts";
import {
  type CompareKeys,
  isSameKey,
  keyOrder,
  LEAF_BYTES,
  type LeafDigest,
  type LeafDigests,
  leafRanges,
} from "../../diff/index.ts";
import type { FrameTable } from "../../frames/frame-table.ts";
import { foldCase } from "../../names.ts";
import { areSameNames, type BaseTable, namesOf } from "./base-table.ts";

/** By tables' names in lower case; `n` counts a table's leaves from 0. Without digest: rows of it were written since. */
const OWN_TABLE = `
  CREATE TABLE IF NOT EXISTS _ferry_leaf_digest (
    "table" TEXT NOT NULL, n INTEGER NOT NULL, through TEXT NOT NULL, digest BLOB, rows INTEGER, bytes INTEGER,
    PRIMARY KEY ("table", n)) WITHOUT ROWID`;

/** A leaf with more is cut again. */
const LONGEST_LEAF = 2 * LEAF_BYTES;

interface Leaf {
  /** Its last key; null at the table's end. */
  through: Key;
  /** Null where its rows have to be read. */
  known: LeafDigest | null;
  /** It is known since the leaves were written down. */
  isNews: boolean;
}

interface TableLeaves {
  leaves: Leaf[];
  /** By range, which of them it is. */
  at: Map<string, number>;
  /** The last one ends where the table does. */
  complete: boolean;
  /** Written down as they are, but for digests. */
  stored: boolean;
}

/**
 * Where the leaves of a base's tables end, and what they say while none of their rows is written: the next comparison
 * reads nothing of them. All of it can be found out anew.
 */
export class BaseLeaves implements LeafDigests {
  readonly #sqlite: DatabaseSync;
  readonly #find: (name: string) => BaseTable | undefined;
  readonly #tables = new Map<string, TableLeaves>();
  #seen: number;

  constructor(sqlite: DatabaseSync, find: (name: string) => BaseTable | undefined) {
    this.#sqlite = sqlite;
    this.#find = find;
    sqlite.exec(OWN_TABLE);
    this.#seen = this.#writesOfOthers();
  }

  /** The ends of all of a table's leaves; null where they have to be cut. */
  ends(name: string): Key[] | null {
    const { leaves, complete } = this.#of(name);
    return complete ? endsOf(leaves) : null;
  }

  /** Leaves that were cut behind `after`; where that is null, they are the table's first ones. */
  add(
    name: string,
    { after, ends, more = false }: { after: Key; ends: readonly Key[]; more?: boolean | undefined },
  ): void {
    if (after === null) this.#tables.set(foldCase(name), nothingCut());
    const own = this.#of(name);
    const last = own.leaves.at(-1)?.through ?? null;
    if (own.complete || !isSameKey(last, after)) return;
    for (const range of leafRanges(after, ends)) {
      own.at.set(rangeId(range), own.leaves.length);
      own.leaves.push(unread(range.through));
    }
    own.complete = !more;
  }

  /** Those of which nothing is known, some that stand one behind the other at a time. */
  unknown(name: string): { after: Key; ends: Key[] }[] {
    const runs: { after: Key; ends: Key[] }[] = [];
    const { leaves } = this.#of(name);
    for (const [i, { through, known }] of leaves.entries()) {
      if (known !== null) continue;
      const before = leaves[i - 1];
      const run = runs.at(-1);
      if (before?.known === null) run?.ends.push(through);
      else runs.push({ after: before?.through ?? null, ends: [through] });
    }
    return runs;
  }

  /** Those that became much longer than leaves are. */
  long(name: string): Range[] {
    const { leaves } = this.#of(name);
    return rangesOf(leaves).filter((_, i) => (leaves[i]?.known?.bytes ?? 0) > LONGEST_LEAF);
  }

  /** Cuts a leaf into others. */
  part(name: string, leaf: Range, ends: readonly Key[]): void {
    const own = this.#of(name);
    const at = own.at.get(rangeId(leaf));
    if (at === undefined) return;
    this.#renew(name, own.leaves.toSpliced(at, 1, ...ends.map(unread)));
  }

  /** Makes one of those that stand side by side and are no longer than a leaf together. */
  joinShort(name: string): void {
    const { leaves } = this.#of(name);
    const joined: Leaf[] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const leaf of leaves) {
      const own = leaf.known?.bytes ?? Number.POSITIVE_INFINITY;
      if (bytes + own <= LEAF_BYTES) {
        joined[joined.length - 1] = unread(leaf.through);
        bytes += own;
      } else {
        joined.push(leaf);
        bytes = own;
      }
    }
    if (joined.length < leaves.length) this.#renew(name, joined);
  }

  get(table: FrameTable, leaf: Range): LeafDigest | undefined {
    return this.#leaf(table, leaf)?.known ?? undefined;
  }

  set(table: FrameTable, leaf: Range, digest: LeafDigest): void {
    const own = this.#leaf(table, leaf);
    if (own !== undefined) Object.assign(own, { known: digest, isNews: true });
  }

  /** A row is written: nobody knows any more what its leaf says. */
  touch({ name, key: { collations } }: BaseTable, keyOfRow: () => Key): void {
    const own = this.#of(name);
    if (own.leaves.length === 0) return;
    const compare = keyOrder(collations);
    const key = keyOfRow();
    const at = compare === null || !own.complete ? -1 : leafOf(own.leaves, key, compare);
    const leaf = own.leaves[at];
    if (leaf === undefined) {
      this.forget(name);
      return;
    }
    Object.assign(leaf, { known: null, isNews: false });
    if (!own.stored) return;
    const { changes } = this.#sqlite
      .prepare(
        `UPDATE _ferry_leaf_digest SET digest = NULL, rows = NULL, bytes = NULL WHERE "table" = ? AND n = ? AND through = ?`,
      )
      .run(foldCase(name), at, JSON.stringify(leaf.through));
    // Another command has cut the table otherwise.
    if (changes === 0) this.forget(name);
  }

  /** Nothing is known of the leaves of a table. */
  forget(name: string): void {
    this.#tables.delete(foldCase(name));
    this.#remove(foldCase(name));
  }

  /** What is written down is true, and nothing else. */
  goBack(): void {
    this.#tables.clear();
  }

  /** Writes down what was found out, unless somebody else has written to the base meanwhile. */
  keep(): void {
    const tables = [...this.#tables].filter(
      ([, { complete, stored, leaves }]) => complete && (!stored || leaves.some(({ isNews }) => isNews)),
    );
    if (tables.length === 0) return;
    this.#sqlite.exec("BEGIN IMMEDIATE");
    try {
      if (this.#writesOfOthers() === this.#seen) for (const [name, own] of tables) this.#write(name, own);
      this.#sqlite.exec("COMMIT");
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    }
  }

  #write(name: string, own: TableLeaves): void {
    if (!own.stored) this.#remove(name);
    const put = this.#sqlite.prepare("INSERT OR REPLACE INTO _ferry_leaf_digest VALUES (?, ?, ?, ?, ?, ?)");
    for (const [n, { through, known, isNews }] of own.leaves.entries()) {
      if (own.stored && !isNews) continue;
      const { digest = null, rows = null, bytes = null } = known ?? {};
      put.run(name, n, JSON.stringify(through), digest, rows, bytes);
    }
    for (const leaf of own.leaves) leaf.isNews = false;
    own.stored = true;
  }

  /** It changes with what other connections commit. */
  #writesOfOthers(): number {
    return (this.#sqlite.prepare("PRAGMA data_version").get() as { data_version: number }).data_version;
  }

  /** The leaf of this range, where digests of these columns are kept. */
  #leaf({ name, columns }: FrameTable, range: Range): Leaf | undefined {
    const known = this.#find(name);
    if (known === undefined || !areSameNames(namesOf(known), namesOf({ columns }))) return undefined;
    const own = this.#of(name);
    return own.leaves[own.at.get(rangeId(range)) ?? -1];
  }

  /** What is written down is of other leaves: a command that is killed before it keeps these leaves nothing behind. */
  #renew(table: string, leaves: Leaf[]): void {
    const name = foldCase(table);
    this.#remove(name);
    this.#tables.set(name, { leaves, at: positions(leaves), complete: true, stored: false });
  }

  #remove(name: string): void {
    this.#sqlite.prepare(`DELETE FROM _ferry_leaf_digest WHERE "table" = ?`).run(name);
  }

  #of(table: string): TableLeaves {
    const name = foldCase(table);
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const rows = this.#sqlite
      .prepare(`SELECT through, digest, rows, bytes FROM _ferry_leaf_digest WHERE "table" = ? ORDER BY n`)
      .all(name) as unknown as { through: string; digest: Bytes | null; rows: number; bytes: number }[];
    const leaves = rows.map(
      ({ through, digest, rows: count, bytes }): Leaf => ({
        through: JSON.parse(through) as Key,
        known: digest === null ? null : { digest, rows: count, bytes },
        isNews: false,
      }),
    );
    const complete = leaves.length > 0;
    const own = complete ? { leaves, at: positions(leaves), complete, stored: true } : nothingCut();
    this.#tables.set(name, own);
    return own;
  }
}

const nothingCut = (): TableLeaves => ({ leaves: [], at: new Map(), complete: false, stored: false });

const rangeId = ({ after, through }: Range): string => JSON.stringify([after, through]);

const unread = (through: Key): Leaf => ({ through, known: null, isNews: false });

const endsOf = (leaves: readonly Leaf[]): Key[] => leaves.map(({ through }) => through);

const rangesOf = (leaves: readonly Leaf[]): Range[] => leafRanges(null, endsOf(leaves));

const positions = (leaves: readonly Leaf[]): Map<string, number> =>
  new Map(rangesOf(leaves).map((range, i) => [rangeId(range), i]));

/** Which leaf has a key. The last one ends where the table does. */
function leafOf(leaves: readonly Leaf[], key: Key, compare: CompareKeys): number {
  let [low, high] = [0, leaves.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { through } = leaves[middle] as Leaf;
    if (key !== null && through !== null && compare(key, through) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
