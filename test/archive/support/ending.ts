import { platformGzip } from "../../../src/archive/gzip.ts";
import { endMember, packedMember } from "../../../src/archive/member.ts";
import { type Archive, openArchive } from "../../../src/archive/reader.ts";
import { sumUp, type Tail } from "../../../src/archive/tail.ts";
import { pageText, tailText } from "../../../src/archive/text.ts";
import type { ByteSource, FrameEntry, TableSummary } from "../../../src/archive/types.ts";
import type { Bytes } from "../../../src/bytes.ts";
import { join } from "./archives.ts";
import { utf8 } from "./sources.ts";

export interface EndingPlace {
  headerBytes: number;
  /** Where the index begins, bytes. */
  offset: number;
  /** @default 2 */
  framesPerPage?: number;
}

/** The index, the tail and the end of an archive with these frames, whatever they are, their checksums right. */
export async function endingOf(entries: readonly unknown[], place: EndingPlace): Promise<Bytes> {
  const { framesPerPage = 2 } = place;
  const pages: FrameEntry[][] = [];
  for (let at = 0; at < entries.length; at += framesPerPage)
    pages.push(entries.slice(at, at + framesPerPage) as FrameEntry[]);
  const members = await Promise.all(pages.map((page, i) => packedText(pageText(page, { first: i === 0 }))));
  const tail = await tailOf(
    entries,
    pages.map((page, i): [number, number] => [members[i]!.length, page.length]),
  );
  const index = join(members);
  const tailOffset = place.offset + index.length;
  const end = endMember({ headerBytes: place.headerBytes, tailOffset });
  return join([index, await packedText(tailText(tail)), end]);
}

const NO_ENTRY = { table: "", rows: 0, textBytes: 0 };

/** A tail that fits these entries as far as they are any. */
async function tailOf(entries: readonly unknown[], pages: Tail["pages"]): Promise<Tail> {
  const known = entries.map((entry) => ({ ...NO_ENTRY, ...(entry as FrameEntry) }));
  const tables: TableSummary[] = [];
  for (const table of sumUp(known)) tables.push({ ...table, crc32: "00000000", sha256: "0".repeat(64) });
  return { tables, pages };
}

export async function packedText(text: string): Promise<Bytes> {
  return packedMember(await platformGzip().compress(utf8(text)), "packed");
}

/** All entries of an archive's index. */
export async function entriesOf(archive: ByteSource | Archive): Promise<FrameEntry[]> {
  const opened = "frames" in archive ? archive : await openArchive(archive);
  const found: FrameEntry[] = [];
  for await (const { entry } of opened.frames()) found.push(entry);
  return found;
}
