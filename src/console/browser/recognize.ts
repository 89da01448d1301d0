import { visible } from "../parts/visible.ts";
import { Refused } from "./send.ts";
import type { FileMarks } from "./unfinished.ts";

/** Bytes at a file's start that are looked at. */
const HEAD = 64 * 1024;

/** What tells the file from others. Rejects with `Refused` for what can be neither an archive nor a document. */
export async function recognize(file: File): Promise<FileMarks> {
  const { size, lastModified } = file;
  const name = visible(file.name);
  const head = await file
    .slice(0, HEAD)
    .arrayBuffer()
    .catch(() => {
      throw new Refused(`${name} cannot be read: a folder, or a file that was removed. Nothing was sent.`);
    });
  if (size === 0) throw new Refused(`${name} is empty. Nothing was sent.`);
  const bytes = new Uint8Array(head);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip && !/^\s*(\{|$)/.test(new TextDecoder().decode(bytes))) {
    throw new Refused(`${name} is neither an archive nor a JSON document. Nothing was sent.`, {
      hint: "Of a SQLite file, d1-ferry export makes an archive.",
    });
  }
  const format = isGzip ? "archive" : "document";
  return { name: file.name, size, lastModified, format, head: await hexOf(head) };
}

/** SHA-256 where the browser counts it: it does not on a page by plain http. */
async function hexOf(data: ArrayBuffer): Promise<string> {
  const hash = await crypto.subtle?.digest("SHA-256", data);
  return Array.from(new Uint8Array(hash ?? []), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
