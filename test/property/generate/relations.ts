import { quote } from "../../../src/database/sql/syntax.ts";
import { foldCase } from "./names.ts";
import type { ReferenceChoice, Table } from "./tables.ts";

const ON_DELETE = [
  "",
  " ON DELETE CASCADE",
  " ON DELETE SET NULL",
  " ON DELETE SET DEFAULT",
  " ON DELETE RESTRICT",
];
const ON_UPDATE = ["", " ON UPDATE CASCADE", " ON UPDATE SET NULL", " ON UPDATE RESTRICT"];

/** Adds the foreign keys that were chosen: to other tables, to itself, in cycles. */
export function addReferences(tables: readonly Table[]): void {
  for (const table of tables) {
    for (const choice of table.choice.references) addReference(table, tables, choice);
  }
}

function addReference(table: Table, tables: readonly Table[], choice: ReferenceChoice): void {
  const parent = tables[choice.parent % tables.length]!;
  const target = parent.targets[choice.target % Math.max(1, parent.targets.length)];
  if (target === undefined) return;
  const names = target.map((_, i) => `${choice.name}${i === 0 ? "" : i}`);
  const taken = new Set(table.columns.map(({ name }) => foldCase(name)));
  if (names.some((name) => taken.has(foldCase(name)))) return;
  const strict = table.options.includes("STRICT");
  for (const [i, name] of names.entries()) {
    const pointed = parent.columns.find((column) => column.name === target[i])!;
    const fits = !strict || /^(INTEGER|INT|TEXT|REAL|BLOB|ANY)$/.test(pointed.type);
    const type = choice.sameType && fits ? pointed.type : strict ? "ANY" : "";
    // Its value comes from a row of the parent, whose order must be the same everywhere.
    const order = parent.keyColumns.length > 0 ? parent.keyColumns.map(quote).join(", ") : "1";
    table.columns.push({
      name,
      type,
      collation: "",
      notNull: choice.notNull,
      generated: false,
      sql: `${quote(name)} ${type}${choice.notNull ? " NOT NULL" : ""}`,
      pointsTo: { table: parent.name, column: pointed.name, order },
    });
  }
  const isKey =
    target === parent.targets[0] &&
    parent.keyColumns.length > 0 &&
    target.join() === parent.keyColumns.join();
  const columns = isKey && choice.target % 2 === 0 ? "" : ` (${target.map(quote).join(", ")})`;
  // Known and not mended: of two keys of a table to itself, one that is deferred and follows an update is refused
  // at the commit, though no row points to nothing.
  const onUpdate = choice.deferred ? "" : (ON_UPDATE[choice.onUpdate] ?? "");
  const action = ON_DELETE[choice.onDelete]! + onUpdate;
  table.constraints.push(
    `FOREIGN KEY (${names.map(quote).join(", ")}) REFERENCES ${quote(parent.name)}${columns}${action}${choice.deferred ? " DEFERRABLE INITIALLY DEFERRED" : ""}`,
  );
}
