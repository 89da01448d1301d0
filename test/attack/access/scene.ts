import type { Bucket } from "../../../src/bucket/port.ts";
import type { Database } from "../../../src/database/port.ts";
import type { Grant } from "../../../src/grants.ts";
import { createFerry } from "../../../src/http/ferry.ts";
import type { Policy } from "../../../src/operations/policy.ts";
import type { Answer } from "../../http/app.ts";
import { createNodeApp } from "../../http/node-app.ts";
import { ALL, authorize, granted } from "./grants.ts";

/** What only who may read may ever be told. */
export const SECRET = "s3cret-cell";

const SCHEMA = `
  CREATE TABLE authors (name TEXT PRIMARY KEY, email TEXT UNIQUE);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author TEXT REFERENCES authors (name), title TEXT NOT NULL);
  CREATE TABLE salaries (name TEXT PRIMARY KEY, amount INTEGER);
  INSERT INTO authors VALUES ('${SECRET}-ada', 'ada@example.com'), ('grace', '${SECRET}@example.com');
  INSERT INTO posts VALUES (1, '${SECRET}-ada', '${SECRET} one'), (2, 'grace', 'two');
  INSERT INTO salaries VALUES ('grace', 7);`;

export interface Scene {
  database: Database;
  bucket: Bucket;
  /** What is asked in a grant's name. A document or an operation goes to r2-sync. */
  post(who: Grant, body: object, path?: string): Promise<Answer>;
  get(who: Grant, query: string, path?: string): Promise<Answer>;
  put(who: Grant, query: string, body: Uint8Array<ArrayBuffer>): Promise<Answer>;
  /** The key of a document that somebody uploaded. */
  upload(who: Grant, data: object): Promise<string>;
  /** All rows of all tables but d1-ferry's. */
  rows(): Promise<unknown>;
}

/** An app with rows in three tables, which believes what the header says of who asks. */
export function createScene(policy: Policy = {}): Scene {
  const { database, bucket } = createNodeApp({ schema: SCHEMA });
  const ferry = createFerry<null>({
    database: () => database,
    bucket: () => bucket,
    authorize,
    allowedBy: "the test",
    policy,
  });
  async function ask(who: Grant, path: string, init: RequestInit): Promise<Answer> {
    const url = `https://app.example/api/admin/${path}`;
    const headers = { ...init.headers, ...granted(who) };
    const response = await ferry.fetch(new Request(url, { ...init, headers }), null);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }
  const post: Scene["post"] = (who, body, path = "r2-sync") =>
    ask(who, path, { method: "POST", body: JSON.stringify(body) });
  return {
    database,
    bucket,
    post,
    get: (who, query, path = "r2-sync") => ask(who, `${path}?${query}`, {}),
    put: (who, query, body) =>
      ask(who, `multipart-upload?${query}`, {
        method: "PUT",
        body,
        headers: { "content-length": String(body.byteLength) },
      }),
    async upload(who, data) {
      const { status, body } = await post(who, { data });
      if (status !== 200) throw new Error(`The upload answered ${status}: ${JSON.stringify(body)}`);
      return body.syncKey;
    },
    rows: () =>
      Promise.all(
        ["authors", "posts", "salaries"].map((table) =>
          database.query({ sql: `SELECT * FROM ${table} ORDER BY 1` }),
        ),
      ),
  };
}

export const person = (name: string, ...may: Grant["may"]): Grant => ({ name, may });

export { ALL };
