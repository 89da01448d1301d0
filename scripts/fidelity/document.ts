import type { Outcome } from "./carry.ts";
import type { Group } from "./case.ts";

export interface Column {
  id: string;
  title: string;
  /** Null: not installed. */
  version: string | null;
  /** By case; empty where the tool is not installed. */
  outcomes: ReadonlyMap<string, Outcome>;
}

export interface Measured {
  groups: readonly Group[];
  columns: readonly Column[];
  /** Of what made and read the databases. */
  versions: Readonly<Record<string, string>>;
  limits: Readonly<Record<string, string>>;
}

const VERSIONS = /(<!-- versions -->\n)[\s\S]*?(<!-- \/versions -->)/;

/** docs/fidelity.md. */
export function fidelityDocument(measured: Measured): string {
  const { groups, columns, versions, limits } = measured;
  const used = { ...versions, ...Object.fromEntries(columns.map((one) => [one.title, one.version])) };
  const lines = [
    "# What survives the crossing",
    "",
    "One hostile SQLite database, carried by each tool, compared at the other side: every value by its",
    "storage class and its bytes, every table, index, view and trigger by its SQL in `sqlite_schema`,",
    "sequences by their number, full-text tables by what a search finds. `npm run fidelity` makes the",
    "database, runs the tools and writes this page; no cell is written by hand.",
    "",
    "- **d1-ferry, file to file**: `export` from a SQLite file, `import` into a new one.",
    "- **d1-ferry, through D1**: `push --create=all` from a SQLite file into an app with D1 and R2 (workerd),",
    "  `pull` from the app into a new file. Compared twice: D1, and the file.",
    "- **wrangler**: `wrangler d1 export --local`, then `wrangler d1 execute --local --file` into another D1.",
    "- **sqlite3**: `sqlite3 source.sqlite .dump | sqlite3 target.sqlite`.",
    "",
    "Each feature has tables of its own. A tool that refuses the database because of a feature refuses all",
    "of it: nothing arrives. It was run again without that feature, so that the other rows say what it does",
    "with the rest. Where several values change, the first is shown.",
    "",
    "<!-- versions -->",
    `Versions: ${Object.entries(used)
      .map(([name, version]) => `${name} ${version ?? "not installed"}`)
      .join(" · ")}.`,
    "<!-- /versions -->",
    "",
    ...table(["", ...columns.map(({ title }) => title)], [["arrived whole", ...columns.map(score(groups))]]),
  ];
  for (const { title, cases } of groups) {
    const rows = cases.map(({ id, feature }) => [
      feature.replaceAll("|", "\\|") + (limits[id] === undefined ? "" : ` (${mark(limits, id)})`),
      ...columns.map((column) => cellOf(column, id)),
    ]);
    lines.push("", `## ${title}`, "", ...table(["", ...columns.map((column) => column.title)], rows));
  }
  const reasons = Object.keys(limits);
  if (reasons.length > 0) {
    lines.push("", "## Known limits of d1-ferry", "");
    lines.push(...reasons.map((id) => `${mark(limits, id)}. ${limits[id]}`));
  }
  lines.push("", ...NOT_CARRIED);
  return `${lines.join("\n")}\n`;
}

/** No feature of a table, and so no case of its own. */
const NOT_CARRIED = [
  "## What does not travel",
  "",
  "- `PRAGMA user_version` and `application_id`: D1 lets nobody set them.",
  "- The rowids of tables with another key (`slug TEXT PRIMARY KEY`) into a table that has rows already: its new rows get",
  "  rowids of its own. Into an empty or a new table they travel. Where a full-text table with its own text, or none, may name",
  "  rows by them, the plan says so. `content='notes'` is made again, and right.",
  "- Empty pages, fragmentation, `sqlite_stat1`, and the order of `sqlite_schema`.",
];

/** The page without what differs between machines: its versions, and columns that are not to be compared. */
export function comparable(document: string, without: readonly string[]): string {
  const left = new Set<number>();
  return document
    .replace(VERSIONS, "$1$2")
    .split("\n")
    .map((line) => {
      if (!line.startsWith("| ")) return line;
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      for (const [i, cell] of cells.entries()) if (without.includes(cell)) left.add(i);
      return cells.filter((_, i) => !left.has(i)).join("|");
    })
    .join("\n");
}

function cellOf({ version, outcomes }: Column, id: string): string {
  if (version === null) return "not installed";
  return outcomes.get(id) ?? "✓";
}

function score(groups: readonly Group[]) {
  return ({ version, outcomes }: Column): string => {
    if (version === null) return "not installed";
    const ids = groups.flatMap(({ cases }) => cases.map(({ id }) => id));
    return `${ids.filter((id) => outcomes.get(id) === null).length} of ${ids.length}`;
  };
}

function mark(limits: Measured["limits"], id: string): number {
  return Object.keys(limits).indexOf(id) + 1;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
