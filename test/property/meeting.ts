import fc from "fast-check";
import { quote } from "../../src/database/sql/syntax.ts";
import type { Mode } from "../../src/sync/run/options.ts";
import { type Example, settleDraft } from "./example.ts";
import { type DatabaseChoice, databaseChoice, draftOf } from "./generate/database.ts";
import { MOST_COLUMNS } from "./generate/tables.ts";
import { type CellChoice, cellChoice } from "./generate/values.ts";
import { holds } from "./smallest.ts";

/** Rows of a source that meet rows of a target, and how. */
export interface Meeting {
  choice: DatabaseChoice;
  /** Which of the source's rows the target has as well, and rows of its own. */
  shared: boolean[];
  own: CellChoice[][];
  /** Which tables are synced; all when empty. */
  taken: boolean[];
  how: {
    mode: Mode;
    keyless: "refuse" | "append";
    atomic: "always" | "never";
    frameBytes: number;
    statements: number | undefined;
  };
}

const cells = fc.array(cellChoice, { minLength: MOST_COLUMNS + 2, maxLength: MOST_COLUMNS + 2 });
export const meeting: fc.Arbitrary<Meeting> = fc.record({
  choice: databaseChoice,
  shared: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  own: fc.array(cells, { maxLength: 6 }),
  taken: fc.oneof(fc.constant<boolean[]>([]), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
  how: fc.record({
    mode: fc.constantFrom<Mode>("merge", "merge", "mirror", "insert"),
    keyless: fc.constantFrom("refuse", "append"),
    atomic: fc.constantFrom("always", "never"),
    frameBytes: fc.integer({ min: 40, max: 400 }),
    statements: fc.option(fc.integer({ min: 40, max: 90 }), { nil: undefined }),
  }),
});

/** The same tables with some of the rows, and others. */
function targetOf({ choice, shared, own }: Pick<Meeting, "choice" | "shared" | "own">): DatabaseChoice {
  const tables = choice.tables.map(({ name, table }) => {
    const kept = table.rows.filter((_, i) => shared[i % shared.length]);
    return { name, table: { ...table, rows: [...own, ...kept], large: null } };
  });
  return { ...choice, tables };
}

/** A value that rows would follow, or that they hold, is not changed; the model of rows does not know it. */
function settle(choice: DatabaseChoice): Example {
  const draft = draftOf(choice);
  const tables = draft.tables.map((sql) => sql.replace(/ ON UPDATE (CASCADE|SET NULL|RESTRICT)/g, ""));
  return settleDraft({ ...draft, tables });
}

/** What is at the source, and what is at the target. Null where a table's rows let only one of them have it. */
export function settleBoth(
  one: Pick<Meeting, "choice" | "shared" | "own">,
): { source: Example; target: Example } | null {
  const [source, target] = [settle(one.choice), settle(targetOf(one))];
  return source.tables.join() === target.tables.join() ? { source, target } : null;
}

const OF_THE_TARGET = " -- target";

/**
 * Runs a check on both sides. Their rows stand in one example, so that all of them can be taken away while a failure
 * stays; all else is the source's.
 */
export async function holdsForBoth(
  { source, target }: { source: Example; target: Example },
  check: (source: Example, target: Example) => Promise<void>,
): Promise<void> {
  const marked = target.rows.map((sql) => `${sql}${OF_THE_TARGET}`);
  await holds({ ...source, rows: [...source.rows, ...marked] }, (smaller) => {
    const rowsOf = (isTarget: boolean) =>
      smaller.rows.filter((sql) => sql.endsWith(OF_THE_TARGET) === isTarget);
    return check({ ...smaller, rows: rowsOf(false) }, { ...smaller, rows: rowsOf(true) });
  });
}

/** What a sync in many transactions says it cannot do. */
export const isForOneTransaction = (message: string): boolean =>
  /Frames before it are applied and stay|one transaction can do and many cannot/.test(message);

/**
 * Refusals where the end would have been possible: rows known by rowid for a NULL in their key, and rows
 * of a mirror that meet a value of a computed column before the row that holds it is deleted, or that are
 * deleted in a circle of tables of which one may not let go of the other; and whether a row that comes has the
 * computed value of one that goes, to which others point, is known only when it is there. What ON DELETE does to rows that
 * stay is done when the row goes, though another one comes with its value.
 */
export const isSaid = (message: string, { tables }: Pick<Example, "tables">): boolean =>
  /NULLs in the primary key|refused: (UNIQUE|NOT NULL) constraint failed/.test(message) ||
  (/ would delete rows of ".*" that .* points? to/s.test(message) &&
    (tables.some((sql) => / AS \(/.test(sql)) || reachesByAction(message, tables)));

/** True where the foreign key that a refusal names does something to its rows when what they point to is deleted. */
function reachesByAction(message: string, tables: readonly string[]): boolean {
  const told =
    /would delete rows of "(.*)" that (?:the row .*|\d+ rows) of "(.*)" points? to \((.*?)(?:\)|; one)/s.exec(
      message,
    );
  const [, parent = "", child = "", columns = ""] = told ?? [];
  const own = tables.find((sql) => sql.startsWith(`CREATE TABLE ${quote(child)} `)) ?? "";
  const key = `(${columns.split(", ").map(quote).join(", ")}) REFERENCES ${quote(parent)}`;
  return own
    .split("FOREIGN KEY ")
    .some((one) => one.startsWith(key) && / ON DELETE (CASCADE|SET NULL|SET DEFAULT|RESTRICT)/.test(one));
}
