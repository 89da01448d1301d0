/** The run's tables, each in one list, by what was done to find out whether they hold what the document holds. */
export interface Verification {
  /** Read again after the commit, and equal to the document's hashes. */
  readBack: string[];
  /** Compared with the staged rows in the transaction that wrote them, cell by cell. */
  compared: string[];
  /** Neither: rows without a key, rows that were left as they are (mode `insert`), or a table that is no longer there. */
  unchecked: string[];
  /** By table: rows that somebody has changed since the commit. Absent where there are none. */
  changedSince?: Record<string, number>;
}

/** For a person, to go on from "holds version 2, ". */
export function tellVerification(verification: Verification): string {
  const rows = Object.values(verification.changedSince ?? {}).reduce((sum, count) => sum + count, 0);
  if (rows === 0) return tellChecks(verification);
  return `${tellChecks(verification)} (${rows === 1 ? "1 row has" : `${rows} rows have`} changed since)`;
}

function tellChecks({ readBack, compared, unchecked }: Verification): string {
  const kinds: [tables: string[], done: string][] = [
    [readBack, "read back and verified"],
    [compared, "compared before the commit"],
    [unchecked, "not compared"],
  ];
  const found = kinds.filter(([tables]) => tables.length > 0);
  const [first] = found;
  if (first === undefined) return "nothing to compare";
  if (found.length === 1) return first[1];
  return found.map(([tables, done]) => `${done}: ${nameSome(tables)}`).join("; ");
}

const NAMED = 3;

function nameSome(tables: readonly string[]): string {
  if (tables.length <= NAMED) return tables.join(", ");
  return `${tables.length} tables`;
}
