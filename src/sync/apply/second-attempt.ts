import { isPartialOrExpression } from "../compare/index.ts";
import { type ApplyRequest, canReturn, type DisplacedRows } from "./statements/index.ts";

/**
 * A second way to settle unique values that move between rows, where the first one failed; null when
 * there is none. Which rows swap values under a partial or expression index cannot be asked: made again behind the
 * rows, the index judges the result. One that belongs to the table stays, and the rows are taken away in its place.
 * A displaced row may be given a value that its column does not take.
 */
export function secondAttempt(request: ApplyRequest, message: string): ApplyRequest | null {
  const { displaced, target } = request;
  const { sites } = displaced;
  if (message.startsWith("UNIQUE constraint failed")) {
    const { suspendedIndexes, rewritten } = settledLater(request);
    return suspendedIndexes.length + rewritten.length === 0
      ? null
      : { ...request, displaced: { ...displaced, suspendedIndexes, rewritten } };
  }
  const refusesValue = /^(CHECK|NOT NULL) constraint failed|^cannot store/.test(message);
  const returns = sites.length > 0 && sites.every(({ staged }) => canReturn(staged, target.schema));
  return refusesValue && returns && !message.includes("ferry_")
    ? { ...request, displaced: { ...displaced, by: "deletion" } }
    : null;
}

/** Of indexes that no value can be asked of: those that can be made again, and the tables of the others. */
function settledLater({
  listed: { writes },
  target: { schema },
}: ApplyRequest): Required<Pick<DisplacedRows, "suspendedIndexes" | "rewritten">> {
  const made = new Set(schema.others.flatMap(({ type, name }) => (type === "index" ? [name] : [])));
  const indexes = writes.tables.flatMap((staged) =>
    staged.table.uniqueIndexes
      .filter((index) => isPartialOrExpression(staged.table, index))
      .map(({ name }) => ({ name, staged })),
  );
  const own = indexes.filter(({ name }) => !made.has(name)).map(({ staged }) => staged);
  return {
    suspendedIndexes: indexes.map(({ name }) => name).filter((name) => made.has(name)),
    rewritten: own.filter((staged) => canReturn(staged, schema)).map(({ table }) => table.name),
  };
}
