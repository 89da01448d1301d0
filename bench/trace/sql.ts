import type { LedgerEntry } from "../worker/ledger.ts";
import type { Share } from "./share.ts";

/** What the engine's statements are for, by how they look; the first match counts. */
const PURPOSES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["stage the rows", /^INSERT INTO _ferry_frames/],
  ["write the rows into their tables", /^INSERT (OR ABORT )?INTO "/],
  ["guard: what still differs", /^UPDATE _ferry_runs SET remaining/],
  ["count for the results", /^UPDATE _ferry_runs SET results/],
  ["clear the staged rows away", /^DELETE FROM _ferry_/],
  ["mark what is applied", /^UPDATE _ferry_runs SET frames_through/],
  ["look over what is staged", /^SELECT .* FROM _ferry_frames/],
  ["plan: count what would change", /^SELECT \(SELECT json_array\(/],
  ["find where frames end", /^WITH sized/],
  ["read rows", /^SELECT .*(concat\(|octet_length\()/],
];

/** Milliseconds in SQLite, by what they were for. */
export function sqlShares(entries: readonly LedgerEntry[]): Share[] {
  const shares = new Map<string, Required<Share>>();
  for (const { kind, ms, statements } of entries) {
    const name = PURPOSES.find(([, pattern]) => pattern.test(kind))?.[0] ?? kind;
    const share = shares.get(name) ?? { name, ms: 0, statements: 0 };
    share.ms += ms;
    share.statements += statements;
    shares.set(name, share);
  }
  return [...shares.values()];
}
