import type { Bucket } from "../../../src/bucket/port.ts";
import { createFerry } from "../../../src/http/ferry.ts";
import type { FerryOptions } from "../../../src/http/options.ts";
import { authorize } from "./grants.ts";

class Touched extends Error {}

/** An app whose database and bucket say that they were asked for, and do nothing but keep the record. */
export function trap(options: Partial<FerryOptions> = {}) {
  const touched: string[] = [];
  const recorded: string[] = [];
  const touch = (what: string) => (): never => {
    touched.push(what);
    throw new Touched(what);
  };
  const bucket = new Proxy({} as Bucket, {
    get:
      (_, method) =>
      async (name: string, __: unknown, { metadata }: { metadata?: object } = {}) => {
        if (method !== "put" || !name.startsWith("d1-ferry/log/")) touch(`bucket.${String(method)}`)();
        recorded.push(JSON.stringify(metadata));
        return {};
      },
  });
  const ferry = createFerry<undefined>({
    database: touch("database"),
    bucket: () => bucket,
    authorize,
    allowedBy: "the test",
    ...options,
  });
  return { touched, recorded, ask: (request: Request) => ferry.fetch(request, undefined) };
}
