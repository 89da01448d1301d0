import * as v from "valibot";
import { type FerryKey, parseKey } from "../bucket/keys.ts";
import { FerryError } from "../errors.ts";

/** The value as the schema has it. Rejects with `INVALID_REQUEST`, which names the first wrong field. */
export function checkInput<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  const missing = issue.received === "undefined";
  throw new FerryError("INVALID_REQUEST", `"${field ?? "body"}" ${missing ? "is missing" : issue.message}`, {
    hint: "GET ?operation=openapi describes every field.",
    ...(field === null ? {} : { details: { field } }),
  });
}

/** The key under the first of these names that the input has. */
export function requireKey(
  input: Record<string, unknown>,
  ...names: readonly [string, ...string[]]
): FerryKey {
  const value = names.map((name) => input[name]).find((found) => found !== undefined && found !== null);
  if (value !== undefined) return parseKey(value);
  throw missingField(names[0]);
}

function missingField(name: string): FerryError {
  return new FerryError("INVALID_REQUEST", `"${name}" is missing`, {
    hint: "GET without parameters shows an example of every call.",
    details: { field: name },
  });
}

/** A name that no route answers to, with those that it could have been. */
export function unknownOperation(
  field: "operation" | "action",
  name: unknown,
  known: readonly string[],
): FerryError {
  const list = known.join(", ");
  const message =
    name === undefined
      ? `The request names no ${field}`
      : `Unknown ${field} ${JSON.stringify(name)?.slice(0, 60)}`;
  return new FerryError("UNKNOWN_OPERATION", message, {
    hint: `"${field}" is one of: ${list}.`,
    details: { known },
  });
}
