import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { plural } from "../../numbers.ts";
import { Command } from "../parts/command.tsx";
import { MoreRows, Rows } from "../parts/rows.tsx";
import { ChangesTable } from "../parts/tables.tsx";
import { Foreign, Name } from "../parts/text.tsx";
import { addressOf, appAddress, type Visit } from "../visit.ts";
import { downloadOf } from "./made.tsx";

type Diff = Answer<"diff">;

/** What stands for the database in an address. */
export const DATABASE = "database";

/** Rows of each kind that are told of all tables, and of one that is asked for alone. */
const SAMPLES = { all: 3, one: 100 } as const;

/** Tables whose rows are shown at once. */
const CARDS = 12;

/** What is compared with what. */
export interface Chosen {
  left: string;
  right: string;
  /** Set where also what is left out by default is compared. */
  all?: "on";
}

/** What the command says of its own options. */
const isForTheCommand = (note: string): boolean => note.startsWith("--include");

/** How the two differ, as far as one request comes. */
export async function Outcome({ visit, chosen }: { visit: Visit; chosen: Chosen }): Promise<Child> {
  if (chosen.left === DATABASE && chosen.right === DATABASE) {
    return (
      <div class="alert">
        <p>That is one database. Choose an archive on one side at least.</p>
      </div>
    );
  }
  const { searchParams } = visit.url;
  const [cursor, table] = [searchParams.get("cursor"), searchParams.get("table")];
  const found = await visit.call("diff", {
    ...(chosen.left === DATABASE ? {} : { left: chosen.left }),
    ...(chosen.right === DATABASE ? {} : { right: chosen.right }),
    samples: table === null ? SAMPLES.all : SAMPLES.one,
    ...(table === null ? {} : { tables: [table] }),
    ...(chosen.all === undefined ? {} : { all: true }),
    ...(cursor === null ? {} : { cursor }),
  });
  const told = found.tables.filter(({ samples }) => samples.length > 0);
  return (
    <>
      <Summary chosen={chosen} found={found} isWhole={cursor === null && table === null} />
      {told.slice(0, CARDS).map((one) => (
        <TableRows chosen={chosen} one={one} isAlone={table !== null} />
      ))}
      <OtherTables chosen={chosen} tables={told.slice(CARDS)} />
      {found.cursor !== undefined && (
        <div class="actions">
          <a
            class="button"
            href={addressOf({
              view: "compare",
              ...chosen,
              table: table ?? undefined,
              cursor: found.cursor,
            })}
          >
            Go on comparing
          </a>
        </div>
      )}
      <CommandFor visit={visit} chosen={chosen} table={table} />
    </>
  );
}

type DiffTable = Diff["tables"][number];

const differs = (one: DiffTable): boolean => one.added + one.changed + one.deleted > 0;

interface SummaryProps {
  chosen: Chosen;
  found: Diff;
  /** All tables are looked at, from the first on. */
  isWhole: boolean;
}

function Summary({ chosen, found, isWhole }: SummaryProps) {
  const { tables, notCompared, schema, notes } = found;
  const isEqual = !tables.some(differs) && schema.length === 0 && notCompared.length === 0;
  return (
    <section
      class={isEqual && isWhole && found.status === "completed" ? "alert good" : "card"}
      aria-labelledby="outcome"
    >
      <h2 id="outcome">{headingOf(found, isEqual, isWhole)}</h2>
      <p class="small soft">
        From the first, <SideName side={chosen.left} />, to the second, <SideName side={chosen.right} />:{" "}
        <b class="plus">+</b> only in the second, <b class="tilde">~</b> in both, with other cells,{" "}
        <b class="minus">−</b> only in the first.
      </p>
      <ChangesTable label="Differences by table" tables={byName(tables)} titles={TITLES} />
      {notCompared.length > 0 && (
        <Facts title="Not compared" facts={notCompared.map(({ table, why }) => [table, why] as const)} />
      )}
      {schema.length > 0 && (
        <Facts
          title="The schemas differ"
          facts={schema.map(({ table, difference }) => [table, difference] as const)}
        />
      )}
      {notes
        .filter((note) => !isForTheCommand(note))
        .map((note) => (
          <p class="small soft">
            <Foreign text={note} />
          </p>
        ))}
    </section>
  );
}

const TITLES = { inserted: "+ Second", updated: "~ Both", deleted: "− First", unchanged: "the same" };

function headingOf({ status, tables, schema }: Diff, isEqual: boolean, isWhole: boolean): string {
  const rows = tables.reduce((sum, { added, changed, deleted }) => sum + added + changed + deleted, 0);
  if (status === "processing") {
    const so = rows === 0 ? "No difference" : `${plural(rows, "row differs", "rows differ")}`;
    return `${so} so far: this is as far as one request goes`;
  }
  if (rows > 0) return plural(rows, "row differs", "rows differ");
  if (isEqual) return isWhole ? "They hold the same rows" : "No difference here";
  return schema.length > 0
    ? "The schemas differ; the rows that both can hold are the same"
    : "What could be compared is the same";
}

function byName(tables: readonly DiffTable[]) {
  return Object.fromEntries(
    tables.map((one) => [
      one.table,
      {
        inserted: one.added,
        updated: one.changed,
        deleted: one.deleted,
        unchanged: one.unchanged,
        skipped: 0,
        cells: one.cells,
      },
    ]),
  );
}

function SideName({ side }: { side: string }): Child {
  if (side === DATABASE) return <b>the database as it is</b>;
  return (
    <a href={addressOf({ run: side })}>
      <Name text={side} />
    </a>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly (readonly [string, string])[] }) {
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {facts.map(([table, fact]) => (
          <li>
            <Name text={table} />: <Foreign text={fact} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface TableRowsProps {
  chosen: Chosen;
  one: DiffTable;
  isAlone: boolean;
}

function TableRows({ chosen, one, isAlone }: TableRowsProps): Child {
  const { table, samples, added, changed, deleted } = one;
  const all = added + changed + deleted;
  return (
    <section class="card">
      <h2>
        <Foreign text={table} />
      </h2>
      <Rows rows={samples} />
      <MoreRows
        all={all}
        told={samples.length}
        address={isAlone ? null : addressOf({ view: "compare", ...chosen, table })}
      />
    </section>
  );
}

/** Tables whose rows are shown when they are asked for. */
function OtherTables({ chosen, tables }: { chosen: Chosen; tables: readonly DiffTable[] }): Child {
  if (tables.length === 0) return null;
  return (
    <details class="card">
      <summary>Rows of {plural(tables.length, "more table")}</summary>
      <ul>
        {tables.map(({ table }) => (
          <li>
            <a href={addressOf({ view: "compare", ...chosen, table })}>
              <Name text={table} />
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The command compares files and apps: an archive of the bucket is one once it is downloaded. */
function CommandFor({ visit, chosen, table }: { visit: Visit; chosen: Chosen; table: string | null }) {
  const keys = [chosen.left, chosen.right].filter((side) => side !== DATABASE);
  const place = (side: string) => (side === DATABASE ? appAddress(visit) : `${side}.json.gz`);
  return (
    <>
      <Command
        words={[
          ...["diff", place(chosen.left), place(chosen.right)],
          ...(table === null ? [] : ["--tables", table]),
          ...(chosen.all === undefined ? [] : ["--all"]),
          "--rows",
        ]}
      />
      <p class="small soft">
        For it, download{" "}
        {keys.map((key, i) => (
          <>
            {i > 0 && " and "}
            <a href={downloadOf(visit, key, "archive")} download>
              {key}.json.gz
            </a>
          </>
        ))}
        .
      </p>
    </>
  );
}
