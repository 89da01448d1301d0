import { EXPORT_PART_BYTES } from "../../src/bucket/object-writer.ts";
import type { R2BucketLike } from "../../src/bucket/r2.ts";
import type { D1Like } from "../../src/database/d1.ts";
import { quote } from "../../src/database/sql/syntax.ts";

/** The object that the floor's bytes are written to. */
const KEY = "floor";

export interface FloorRead {
  tables: string[];
  /** Of all tables. */
  rows: number;
  /** Rows of one statement. */
  limit: number;
}

/**
 * What any import and export through this D1 and this R2 has to do, and nothing of d1-ferry's: rows
 * in and out by the statements that carry most, bytes in and out. Nothing is checked or kept.
 */
export async function serveFloor(
  request: Request,
  { database, bucket }: { database: D1Like; bucket: R2BucketLike },
): Promise<Response> {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/floor/insert":
      return insert(database, url.searchParams, await request.text());
    case "/floor/select":
      return select(database, (await request.json()) as FloorRead);
    case "/floor/put":
      await bucket.put(KEY, new Uint8Array(await request.arrayBuffer()));
      return new Response();
    case "/floor/put-parts":
      await putParts(bucket, Number(url.searchParams.get("parts")));
      return new Response();
    case "/floor/stream":
      return new Response((await bucket.get(KEY))?.body as ReadableStream);
    case "/floor/get":
      return Response.json(await readObject(bucket));
    default:
      return new Response("The floor has no such part", { status: 404 });
  }
}

/** Writes an object as an export does: in parts, each as large as d1-ferry's. */
async function putParts(bucket: R2BucketLike, count: number): Promise<void> {
  const upload = await bucket.createMultipartUpload(KEY);
  const body = new Uint8Array(EXPORT_PART_BYTES);
  const parts: { partNumber: number; etag: string }[] = [];
  for (let part = 1; part <= count; part++) parts.push(await upload.uploadPart(part, body));
  await upload.complete(parts);
}

/** The object's bytes. */
async function readObject(bucket: R2BucketLike): Promise<number> {
  const object = await bucket.get(KEY);
  return (await new Response(object?.body as ReadableStream).arrayBuffer()).byteLength;
}

/** Rows as JSON arrays by position, into an empty table. */
async function insert(database: D1Like, search: URLSearchParams, rows: string): Promise<Response> {
  const cells = Array.from({ length: Number(search.get("columns")) }, (_, i) => `value ->> ${i}`);
  const sql = `INSERT INTO ${quote(search.get("table") as string)} SELECT ${cells.join(", ")} FROM jsonb_each(?1)`;
  await database.batch([database.prepare(sql).bind(rows)]);
  return new Response();
}

/** All rows of the tables, in the order of their rowids. */
async function select(database: D1Like, { tables, limit }: FloorRead): Promise<Response> {
  let count = 0;
  for (const table of tables) {
    const statement = database.prepare(
      `SELECT rowid AS "#", * FROM ${quote(table)} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2`,
    );
    for (let last = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = (await statement.bind(last, limit).raw()) as unknown[][];
      count += rows.length;
      if (rows.length < limit) break;
      last = rows.at(-1)?.[0] as number;
    }
  }
  return Response.json(count);
}
