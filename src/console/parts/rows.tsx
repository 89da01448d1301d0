import { cellText, keyText, type ShownCell } from "../../cell-text.ts";
import { count, plural } from "../../numbers.ts";
import { Foreign } from "./text.tsx";

type Cells = Readonly<Record<string, ShownCell>>;

/** A row of a plan, as the API answers it. */
export type ShownRow = { table: string; key: Cells } & (
  | { is: "insert" | "delete"; row: Cells }
  | { is: "left"; row: Cells; why: "edited" | "held" }
  | { is: "update"; cells: Readonly<Record<string, readonly [ShownCell, ShownCell]>> }
);

const SIGNS = {
  insert: { sign: "+", name: "plus", word: "insert" },
  update: { sign: "~", name: "tilde", word: "update" },
  delete: { sign: "−", name: "minus", word: "delete" },
  left: { sign: "!", name: "notice", word: "left alone" },
} as const;

const WHY_LEFT = { edited: "changed since the run", held: "held by a constraint" } as const;

/** Rows of one table, with what changes in each. */
export function Rows({ rows }: { rows: readonly ShownRow[] }) {
  return (
    <div>
      {rows.map((row) => (
        <Row row={row} />
      ))}
    </div>
  );
}

function Row({ row }: { row: ShownRow }) {
  const { sign, name, word } = SIGNS[row.is];
  return (
    <div class="row">
      <span class={name}>
        <span aria-hidden="true">{sign}</span>
        <span class="unseen">{word}</span>
      </span>
      <code>{keyOf(row.key)}</code>
      <div class="cells mono">
        {row.is === "left" && <span class="notice">{WHY_LEFT[row.why]}</span>}
        {row.is === "update"
          ? Object.entries(row.cells).map(([column, [old, now]]) => (
              <span>
                <Foreign text={column} />:{" "}
                <del>
                  <Shown cell={old} />
                </del>{" "}
                <Arrow />{" "}
                <ins>
                  <Shown cell={now} />
                </ins>
              </span>
            ))
          : restOf(row.row, row.key).map(([column, cell]) => (
              <span>
                <span class="soft">
                  <Foreign text={column} />:
                </span>{" "}
                <Shown cell={cell} />
              </span>
            ))}
      </div>
    </div>
  );
}

/** Drawn, for not every type has one. */
function Arrow() {
  return (
    <>
      <svg class="arrow" viewBox="0 0 16 8" aria-hidden="true" focusable="false">
        <path d="M0 4h14M11 1l3 3-3 3" />
      </svg>
      <span class="unseen">to</span>
    </>
  );
}

/** Cells that do not stand in the key already. */
function restOf(row: Cells, key: Cells): [string, ShownCell][] {
  return Object.entries(row).filter(([name]) => !Object.hasOwn(key, name));
}

function keyOf(key: Cells) {
  return <Foreign text={keyText(key)} />;
}

const LONGEST = 300;

/** A cell, or the beginning of a long one. */
export function Shown({ cell }: { cell: ShownCell }) {
  const text = cellText(cell);
  return <Foreign text={text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text} />;
}

interface MoreRowsProps {
  all: number;
  told: number;
  /** Where more of them are; null where the command alone shows all. */
  address: string | null;
}

/** How many rows are not told, and where they are. */
export function MoreRows({ all, told, address }: MoreRowsProps) {
  if (all <= told) return null;
  return (
    <p class="small soft">
      and {plural(all - told, "more row", "more rows")} ({count(all)} in all).{" "}
      {address === null ? "The command shows all of them." : <a href={address}>Show more of this table</a>}
    </p>
  );
}
