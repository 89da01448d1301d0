import { foldCase } from "../names.ts";
import {
  type DefinedTable,
  isSameType,
  objectDifference,
  tableDifferences,
} from "./definition-differences.ts";
import type { DescribedTable, Description } from "./questions.ts";

/** How the schemas differ. */
export interface SchemaDifference {
  table: string;
  /** For a person. */
  difference: string;
}

/** How two places' tables and what belongs to them differ, table by table. */
export function schemaDifferences(left: Description, right: Description): SchemaDifference[] {
  const own = byName(left.tables);
  const others = byName(right.tables);
  const tables = left.tables.flatMap((table) => {
    const other = others.get(foldCase(table.name));
    const differences =
      other === undefined
        ? [lonelyTable(table, "first")]
        : differencesOf({ table, place: own }, { table: other, place: others });
    return differences.map((difference) => ({ table: table.name, difference }));
  });
  const lonely = right.tables
    .filter(({ name }) => !own.has(foldCase(name)))
    .map((table) => ({ table: table.name, difference: lonelyTable(table, "second") }));
  return byTable([...tables, ...lonely, ...differencesOfOthers(left, right)]);
}

/** By their names in small letters. */
type Tables = ReadonlyMap<string, DescribedTable>;

interface TableOfPlace {
  table: DescribedTable;
  place: Tables;
}

function differencesOf(left: TableOfPlace, right: TableOfPlace): string[] {
  const [one, two] = [definedTable(left), definedTable(right)];
  return [
    ...absentColumns(left.table, right.table).map((name) => `only the first has the column ${name}`),
    ...absentColumns(right.table, left.table).map((name) => `only the second has the column ${name}`),
    ...typeDifferences(left.table, right.table),
    ...(one === null || two === null ? [] : tableDifferences(one, two)),
  ];
}

function definedTable({ table: { schema }, place }: TableOfPlace): DefinedTable | null {
  if (schema === undefined) return null;
  return { table: schema, keyOf: (name) => place.get(foldCase(name))?.key?.columns };
}

const byName = (tables: readonly DescribedTable[]): Tables =>
  new Map(tables.map((table) => [foldCase(table.name), table]));

function lonelyTable({ hasRows }: DescribedTable, place: "first" | "second"): string {
  return `only the ${place} has this table${hasRows ? ", with rows" : ""}`;
}

/** The stored columns of one that the other has neither stored nor computed. */
function absentColumns({ columns }: DescribedTable, other: DescribedTable): string[] {
  const names = new Set(
    [...other.columns, ...(other.schema?.columns ?? [])].map(({ name }) => foldCase(name)),
  );
  return columns.map(({ name }) => name).filter((name) => !names.has(foldCase(name)));
}

function typeDifferences(left: DescribedTable, right: DescribedTable): string[] {
  const others = new Map(right.columns.map((column) => [foldCase(column.name), column]));
  return left.columns.flatMap(({ name, type }) => {
    const other = others.get(foldCase(name));
    if (other === undefined || isSameType(type, other.type)) return [];
    return [
      `the column ${name} is ${type || "without a type"} in the first, ${other.type || "without a type"} in the second`,
    ];
  });
}

function differencesOfOthers(left: Description, right: Description): SchemaDifference[] {
  const nameOf = ({ type, name }: { type: string; name: string }) => `${type} ${foldCase(name)}`;
  const others = new Map(right.others.map((object) => [nameOf(object), object]));
  const differences = left.others.flatMap((object): SchemaDifference[] => {
    const other = others.get(nameOf(object));
    others.delete(nameOf(object));
    const { table, type, name } = object;
    if (other === undefined)
      return [{ table, difference: `only the first has the ${typeWord(type)} ${name}` }];
    const found = objectDifference(object.sql, other.sql);
    return found === null ? [] : [{ table, difference: `the ${typeWord(type)} ${name} ${found}` }];
  });
  const rest = [...others.values()].map(({ table, type, name }) => ({
    table,
    difference: `only the second has the ${typeWord(type)} ${name}`,
  }));
  return [...differences, ...rest];
}

const typeWord = (type: Description["others"][number]["type"]): string =>
  type === "virtual" ? "full-text table" : type;

/** What is told of one table stands together. */
function byTable(differences: readonly SchemaDifference[]): SchemaDifference[] {
  return [...Map.groupBy(differences, ({ table }) => table).values()].flat();
}
