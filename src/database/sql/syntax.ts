import { D1_LIMITS } from "../limits.ts";

/** An identifier, quoted: any name SQLite allows. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal. For names and the like; data travels in parameters. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * `a OR b OR …` or `a + b + …` as a tree of logarithmic depth: D1 refuses expressions nested more than 100 deep,
 * and a plain chain nests once a term.
 */
export function joinBalanced(terms: readonly string[], operator: "OR" | "AND" | "+"): string {
  if (terms.length === 0) throw new Error("joinBalanced needs a term");
  if (terms.length === 1) return terms[0] as string;
  const middle = Math.ceil(terms.length / 2);
  return `(${joinBalanced(terms.slice(0, middle), operator)} ${operator} ${joinBalanced(terms.slice(middle), operator)})`;
}

/**
 * A function of any number of arguments, such as concat, as calls of it within each other: D1
 * documents 32 arguments for one call. `first` stands before the arguments of each call.
 */
export function callNested(name: string, terms: readonly string[], first: readonly string[] = []): string {
  const room = D1_LIMITS.functionArguments - first.length;
  if (terms.length <= room) return `${name}(${[...first, ...terms].join(", ")})`;
  const groups: string[] = [];
  for (let i = 0; i < terms.length; i += room) groups.push(callNested(name, terms.slice(i, i + room), first));
  return callNested(name, groups, first);
}

/** One column as itself, several as a row value. */
export function tuple(terms: readonly string[]): string {
  return terms.length === 1 ? (terms[0] as string) : `(${terms.join(", ")})`;
}

/** A name for a person to read, in quotes only where it would not be clear where it ends. */
export function quoteWhereNeeded(name: string): string {
  return /^\w+$/.test(name) ? name : quote(name);
}
