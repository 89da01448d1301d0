import type { Bytes } from "../bytes.ts";
import type { Gzip } from "./gzip.ts";
import { Layout, type LayoutRules, type LayoutStart, type PlacedFrame, tableRuns } from "./layout.ts";
import { MAX_PAGE_BYTES } from "./limits.ts";
import { unpackMember } from "./member-text.ts";
import type { Tail } from "./tail.ts";
import { corrupt, decodeUtf8, parsePage } from "./text.ts";
import type { ByteSource, DocumentHeader, FrameEntry } from "./types.ts";

/** Frames by their number in the file: `from <= seq < to`. */
export interface FrameSpan {
  /** @default 0 */
  from?: number;
  /** @default the number of frames */
  to?: number;
}

/** The index of an archive, read page by page as it is asked for. */
export interface ArchiveIndex {
  /** How many frames there are. */
  readonly length: number;
  readonly runs: LayoutRules["runs"];
  /** Each is checked against the tail and the frame before it. Rejects with `ARCHIVE_CORRUPT`. */
  frames(span?: FrameSpan): AsyncGenerator<PlacedFrame, void, void>;
  /** The pages as they are written. */
  texts(): AsyncGenerator<Bytes, void, void>;
}

export interface IndexedFile {
  source: ByteSource;
  gzip: Gzip;
  header: DocumentHeader;
  /** Length of the header member, bytes. */
  headerBytes: number;
  tail: Tail;
  /** Where the tail begins; the pages stand before it, one behind the other. */
  tailOffset: number;
}

interface Page {
  /** Its number among the pages. */
  at: number;
  offset: number;
  bytes: number;
  /** The number of its first frame. */
  seq: number;
  frames: number;
}

/** Where the index begins. */
export function indexOffset({ pages }: Tail, tailOffset: number): number {
  return tailOffset - pages.reduce((sum, [bytes]) => sum + bytes, 0);
}

export function openIndex(file: IndexedFile): ArchiveIndex {
  const { tail, header, headerBytes } = file;
  const pages = placePages(tail, file.tailOffset);
  const runs = tableRuns(tail.tables);
  const rules = { kind: header.kind ?? "full", schema: header.schema, runs };
  const length = runs.at(-1)?.end ?? 0;
  if (length !== tail.pages.reduce((sum, [, frames]) => sum + frames, 0)) {
    throw corrupt("The tail does not fit the index");
  }
  if (length === 0 && indexOffset(tail, file.tailOffset) !== headerBytes) {
    throw corrupt("There are bytes that no frame accounts for");
  }
  const read = cachedPages(file);

  /** A page begins behind the last frame of the page before it. */
  async function startOf({ at, seq }: Page): Promise<LayoutStart> {
    const before = pages[at - 1];
    if (before === undefined) return { headerBytes };
    return { seq, previous: (await read(before)).at(-1) as FrameEntry };
  }

  return {
    length,
    runs,
    async *frames({ from = 0, to = length } = {}) {
      let layout: Layout | null = null;
      for (const page of pages) {
        if (page.seq + page.frames <= from || page.seq >= to) continue;
        layout ??= new Layout(rules, await startOf(page));
        for (const frame of layout.place(await read(page))) {
          if (frame.seq >= from && frame.seq < to) yield frame;
        }
        if (page.at === pages.length - 1 && layout.end().position !== pages[0]?.offset) {
          throw corrupt("The index does not match the file behind the last frame");
        }
      }
    },
    async *texts() {
      for (const page of pages) yield await readText(file, page);
    },
  };
}

function placePages(tail: Tail, tailOffset: number): Page[] {
  let offset = indexOffset(tail, tailOffset);
  let seq = 0;
  return tail.pages.map(([bytes, frames], at) => {
    const page = { at, offset, bytes, seq, frames };
    offset += bytes;
    seq += frames;
    return page;
  });
}

/** Reads pages; the last two are kept, since the next page is checked against the one before it. */
function cachedPages(file: IndexedFile): (page: Page) => Promise<FrameEntry[]> {
  const kept = new Map<number, FrameEntry[]>();
  return async (page) => {
    const { at, frames } = page;
    const known = kept.get(at);
    if (known !== undefined) return known;
    const entries = parsePage(decodeUtf8(await readText(file, page)), { first: at === 0 });
    if (entries.length !== frames) throw corrupt("A page of the index has another number of frames");
    kept.set(at, entries);
    if (kept.size > 2) kept.delete(kept.keys().next().value as number);
    return entries;
  };
}

async function readText({ source, gzip }: IndexedFile, { offset, bytes }: Page): Promise<Bytes> {
  if (bytes > MAX_PAGE_BYTES) throw corrupt("The tail speaks of a page of absurd size");
  return unpackMember(gzip, await source.read(offset, bytes), { kind: "packed", most: MAX_PAGE_BYTES });
}
