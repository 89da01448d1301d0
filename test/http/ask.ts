import * as v from "valibot";
import { expect } from "vitest";
import type { App } from "./app.ts";

/** One call, whose answer has to be as it is described. */
export async function ask<S extends v.GenericSchema>(
  app: App,
  schema: S,
  method: string,
  path: string,
  body?: unknown,
): Promise<v.InferOutput<S>> {
  const answer = await app.call(method, path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return v.parse(schema, answer.body);
}

/** An operation, or a document. */
export function post<S extends v.GenericSchema>(
  app: App,
  schema: S,
  body: object,
): Promise<v.InferOutput<S>> {
  return ask(app, schema, "POST", "r2-sync", body);
}
