import type { SchemaObject } from "../../archive/types.ts";
import { readFts5 } from "../../database/fts5/definition.ts";
import type { Database } from "../../database/port.ts";
import { type CreateStatement, readCreateStatement } from "../../database/sql/create-statement.ts";
import { foldCase, isOperator, type Token, UnreadableSql } from "../../database/sql/tokenize.ts";
import type { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import { HISTORY, isInternal } from "./left-out.ts";
import { reachesOut } from "./reaching-out.ts";

/** Modules whose tables travel; a vocabulary reads a full-text index. */
const MODULES = ["fts5", "fts5vocab"];

/** An object that is not made, and why. */
interface RefusedObject {
  type: SchemaObject["type"];
  name: string;
  /** Goes on from "its SQL". */
  problem: string;
}

/**
 * Refuses an archive's schema unless each of these objects declares itself, and nothing else: an archive
 * may come from anybody, and its SQL is run. `source` is all that the archive has.
 */
export function refuseForeignSchema(objects: readonly SchemaObject[], source: readonly SchemaObject[]): void {
  const refusals = objects.flatMap((object): RefusedObject[] => {
    const problem = problemOf(object, source);
    return problem === null ? [] : [{ type: object.type, name: object.name, problem }];
  });
  const [first, ...others] = refusals;
  if (first !== undefined) throw foreignSchema([first, ...others]);
}

export function foreignSchema(refusals: readonly [RefusedObject, ...RefusedObject[]]): FerryError {
  const [first] = refusals;
  const more = refusals.length > 1 ? ` So are ${refusals.length - 1} more.` : "";
  return refused(
    "schema-not-its-own",
    `The archive's ${first.type} "${first.name}" is refused: its SQL ${first.problem}.${more} Nothing was changed.`,
    { details: { object: first.name, type: first.type, objects: refusals } },
  );
}

/** The same by the engine itself, where it has a place to try it. */
export function refuseByRehearsal(
  { rehearse }: Pick<Database, "rehearse">,
  objects: readonly SchemaObject[],
): void {
  if (objects.length === 0) return;
  const found = rehearse?.(objects.map((object) => ({ table: object.name, ...object })));
  if (found === null || found === undefined) return;
  const { object, problem } = found;
  throw foreignSchema([{ type: object.type, name: object.name, problem }]);
}

/** What is wrong with an object; null where it declares itself alone. */
export function problemOf(object: SchemaObject, source: readonly SchemaObject[]): string | null {
  if (isReserved(object.name)) return "would make what is SQLite's, the platform's or d1-ferry's own";
  try {
    const statement = readCreateStatement(object.sql);
    return (
      otherThanDeclared(object, statement) ?? otherTable(object, statement, source) ?? foreignParts(statement)
    );
  } catch (error) {
    if (error instanceof UnreadableSql) return error.message;
    throw error;
  }
}

/** A full-text table makes others whose names begin with its own and an underscore. */
function isReserved(name: string): boolean {
  return isInternal(name) || isInternal(`${name}_`) || foldCase(name) === HISTORY;
}

function otherThanDeclared(object: SchemaObject, statement: CreateStatement): string | null {
  const type = object.type === "table" && object.fts5 !== undefined ? "virtual" : object.type;
  if (statement.type !== type)
    return `makes a ${wordFor(statement.type)}, and not the ${wordFor(type)} it is said to be`;
  if (!isSame(statement.name, object.name)) return `makes "${statement.name}"`;
  if (type !== "virtual" && object.settings !== undefined)
    return "is not a full-text table's, but comes with settings";
  return null;
}

const wordFor = (type: CreateStatement["type"]): string => (type === "virtual" ? "virtual table" : type);

/** What belongs to a table belongs to the declared one, which the archive has. */
function otherTable(
  object: SchemaObject,
  { type, table, module, rest }: CreateStatement,
  source: readonly SchemaObject[],
): string | null {
  if (type === "virtual") return otherModule(object, { module, rest });
  if (object.type === "table" || table === null) return null;
  if (!isSame(table, object.table))
    return `is about "${table}", and not the table "${object.table}" it is said to be on`;
  if (isReserved(table)) return `is about "${table}", which is not the app's`;
  const has = source.some(
    ({ type: kind, name }) => kind !== "index" && kind !== "trigger" && isSame(name, table),
  );
  return has ? null : `is about "${table}", which the archive does not have`;
}

function otherModule(
  object: SchemaObject,
  { module, rest }: Pick<CreateStatement, "module" | "rest">,
): string | null {
  const name = foldCase(module ?? "");
  if (!MODULES.includes(name))
    return `makes a virtual table of the module "${module}", and only fts5's travel`;
  const described = readFts5(object.sql);
  if (name === "fts5vocab") {
    const parts = rest.filter((token) => isOperator(token, ",")).length;
    const plain = object.type === "virtual" && described === null && parts === 1;
    return plain ? null : "is not a vocabulary of a full-text table in main";
  }
  const contents = contentOptions(rest);
  const content = contents.length === 0 ? null : (contents[0] as string);
  const same =
    contents.length <= 1 &&
    described !== null &&
    (described.content === "own"
      ? content === null
      : content === (described.content === "none" ? "" : described.of));
  if (!same) return "says in two ways what its full-text table is over";
  if (object.type === "table")
    return described.content === (object.fts5 === "terms" ? "none" : "own")
      ? null
      : "makes another kind of full-text table than it is said to be";
  const of = described.content === "external" ? described.of : object.name;
  return isSame(of, object.table)
    ? null
    : `is about "${of}", and not the table "${object.table}" it is said to be on`;
}

/** The values of `content = …` among the arguments. fts5 takes any beginning of an option's name for the option. */
function contentOptions(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, i) => {
    const begins = isOperator(tokens[i - 1], "(", ",") && isOperator(tokens[i + 1], "=");
    if (!begins || !/^c(o(n(t(e(nt?)?)?)?)?)?$/.test(foldCase(token.text))) return [];
    return [tokens[i + 2]?.text ?? ""];
  });
}

function foreignParts({ type, rest }: CreateStatement): string | null {
  return reachesOut(rest, type);
}

const isSame = (one: string, other: string): boolean => foldCase(one) === foldCase(other);
