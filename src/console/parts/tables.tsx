import type { Child } from "hono/jsx";
import { count, plural } from "../../numbers.ts";
import { Foreign } from "./text.tsx";

interface TableChanges {
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  skipped: number;
  /** Rows of the table as it is: of plans. */
  live?: number;
  cells?: number;
  left?: { edited: number; held: number };
}

/** How the columns of what changes are called. */
const TITLES = { inserted: "+ Insert", updated: "~ Update", deleted: "− Delete", unchanged: "unchanged" };

/** What changes by table; tables in which nothing does are one line. */
export function ChangesTable({
  tables,
  label,
  titles = TITLES,
}: {
  tables: Readonly<Record<string, TableChanges>>;
  label: string;
  titles?: typeof TITLES;
}) {
  const all = Object.entries(tables);
  const moved = all.filter(([, one]) => !isUnchanged(one));
  const equal = all.filter(([, one]) => isUnchanged(one));
  const has = (of: (one: TableChanges) => number) => moved.some(([, one]) => of(one) > 0);
  const [skips, lefts, cells] = [has(({ skipped }) => skipped), has(leftIn), has((one) => one.cells ?? 0)];
  return (
    <>
      {moved.length > 0 && (
        <section class="scroll" aria-label={label} tabindex={0}>
          <table class="changes-table">
            <thead>
              <tr>
                <th scope="col">Table</th>
                <Title text={titles.inserted} />
                <Title text={titles.updated} />
                {cells && <Title text="Cells" secondary />}
                <Title text={titles.deleted} />
                <Title
                  text={`${titles.unchanged.charAt(0).toUpperCase()}${titles.unchanged.slice(1)}`}
                  secondary
                />
                {skips && <Title text="Skip" />}
                {lefts && <Title text="! Leave" />}
              </tr>
            </thead>
            <tbody>
              {[...moved, ...(moved.length > 1 ? [[TOTAL, addUp(moved)] as const] : [])].map(
                ([name, one]) => (
                  <tr class={name === TOTAL ? "total" : ""}>
                    <th scope="row">{name === TOTAL ? "All" : <Foreign text={name} />}</th>
                    <Figure sign="+" n={one.inserted} class="plus" />
                    <Figure sign="~" n={one.updated} class="tilde" />
                    {cells && <Figure sign="cells" n={one.cells ?? 0} class="secondary" />}
                    <Figure sign="−" n={one.deleted} class="minus" of={one.live} />
                    <Figure sign="=" n={one.unchanged} class="secondary" />
                    {skips && <Figure sign="skip" n={one.skipped} />}
                    {lefts && <Figure sign="!" n={leftIn(one)} class="notice" />}
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </section>
      )}
      {equal.length > 0 && (
        <p class="soft small">
          {plural(equal.length, "table")} with{" "}
          {plural(
            equal.reduce((sum, [, one]) => sum + one.unchanged, 0),
            "row",
          )}{" "}
          {titles.unchanged}
        </p>
      )}
    </>
  );
}

/** No table's name: a table may be called "total". */
const TOTAL = Symbol("total");

function Title({ text, secondary }: { text: string; secondary?: boolean }) {
  return (
    <th scope="col" class={secondary ? "number secondary" : "number"}>
      {text}
    </th>
  );
}

interface FigureProps {
  n: number;
  /** Stands before it where there is no room for columns. */
  sign: string;
  /** The table's rows as it is: "21 of 21" says what "21" does not. */
  of?: number | undefined;
  class?: string;
}

function Figure({ n, sign, of, class: tone = "" }: FigureProps): Child {
  const isNone = n === 0 && tone !== "secondary";
  return (
    <td class={`number ${isNone ? "none" : tone}`} data-sign={sign}>
      {count(n)}
      {n > 0 && of !== undefined && <span class="soft"> of {count(of)}</span>}
    </td>
  );
}

function isUnchanged(one: TableChanges): boolean {
  return one.inserted + one.updated + one.deleted + one.skipped + leftIn(one) === 0;
}

function leftIn({ left }: TableChanges): number {
  return (left?.edited ?? 0) + (left?.held ?? 0);
}

function addUp(entries: readonly (readonly [string, TableChanges])[]): TableChanges {
  const sum = (of: (one: TableChanges) => number) => entries.reduce((total, [, one]) => total + of(one), 0);
  return {
    inserted: sum((one) => one.inserted),
    updated: sum((one) => one.updated),
    deleted: sum((one) => one.deleted),
    unchanged: sum((one) => one.unchanged),
    skipped: sum((one) => one.skipped),
    cells: sum((one) => one.cells ?? 0),
    left: { edited: sum((one) => one.left?.edited ?? 0), held: sum((one) => one.left?.held ?? 0) },
    ...(entries.some(([, { live }]) => live !== undefined) ? { live: sum((one) => one.live ?? 0) } : {}),
  };
}
