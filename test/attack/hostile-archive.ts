import type { ByteSource, SchemaObject } from "../../src/archive/types.ts";
import { createArchiveWriter } from "../../src/archive/writer.ts";
import { type ByteSink, byteSink } from "../support/bytes.ts";
import { NOTES } from "./hostile-schemas.ts";

/** The archive that an enemy makes: two rows of a table of its own, and a schema that is what they like. */
export async function archiveWith(
  objects: readonly SchemaObject[],
): Promise<ByteSource & Pick<ByteSink, "bytes">> {
  const sink = byteSink();
  const writer = createArchiveWriter(sink.write);
  const schema = [NOTES, ...objects];
  await writer.header({ version: 1, exportedAt: 1, source: { engine: "d1" }, schema });
  const text = '{"id":1,"t":"a"},\n{"id":2,"t":"b"}';
  await writer.frame({ table: "notes", rows: 2, after: null, through: null, text });
  for (const { type, name } of objects) {
    if (type === "table") await writer.frame({ table: name, rows: 0, after: null, through: null, text: "" });
  }
  await writer.end();
  return { ...sink.source(), bytes: sink.bytes };
}
