import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export const MiB = 1024 * 1024;

/** Characters of a row's text. */
const TEXT = 256 * 1024;

/** A document of so many bytes, or some more, in a file: rows of `posts` with texts that say nothing. */
export async function writeLargeDocument(
  folder: string,
  { name, bytes }: { name: string; bytes: number },
): Promise<string> {
  const text = randomBytes((bytes * 3) / 4).toString("base64");
  const rows = Array.from(
    { length: Math.ceil(text.length / TEXT) },
    (_, i) => `{"id":${i + 1},"title":"${text.slice(i * TEXT, (i + 1) * TEXT)}"}`,
  );
  const document = `{"version":1,"data":{"posts":[${rows.join(",")}]}}`;
  const path = join(folder, name);
  await writeFile(path, document);
  return path;
}
