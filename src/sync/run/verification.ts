/** The run's tables, each in one list, by what was done to find out whether they hold what the document holds. */
export interface Verification {
  /** Read again after the commit, and equal to the document's hashes. */
  readBack: string[];
  /** Compared with the staged rows in the transaction that wrote them, cell by cell. */
  compared: string[];
  /** Neither: rows without a key, or rows that were left as they are (mode `insert`). */
  unchecked: string[];
}

/** For a person, to go on from "holds version 2, ". */
export function tellVerification({ readBack, compared, unchecked }: Verification): string {
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
