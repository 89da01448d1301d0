import type { ByteSource } from "../archive/types.ts";
import type { UploadedPart } from "../bucket/port.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import type { CallOptions, MultipartClient } from "./multipart.ts";
import type { PlannedPart } from "./part-plan.ts";
import type { OpenedUpload } from "./resume.ts";

/** A file on its way into an upload. */
export interface PlacingOptions {
  client: MultipartClient;
  source: ByteSource;
  upload: OpenedUpload;
  /** MD5, hex; undefined where only sizes are compared. */
  md5: ((bytes: Bytes) => string | Promise<string>) | undefined;
  call: CallOptions;
}

export interface PlacedPart extends UploadedPart {
  /** The bucket held it already. */
  resumed: boolean;
}

/** Times a part is sent again because it arrived as something else. */
const RESENDS = 2;

/** Sends a part, unless the bucket holds it as it is in the file. */
export async function placePart(part: PlannedPart, options: PlacingOptions): Promise<PlacedPart> {
  options.call.signal?.throwIfAborted();
  const { partNumber } = part;
  const held = options.upload.parts.get(partNumber);
  const bytes = await readUnlessHeld(part, held, options);
  if (bytes === null) return { partNumber, etag: held?.etag ?? "", resumed: true };
  return { partNumber, etag: await sendPart(part, bytes, options), resumed: false };
}

/** Null when the bucket holds the part as it is in the file. */
async function readUnlessHeld(
  part: PlannedPart,
  held: { size: number; etag: string } | undefined,
  { source, md5 }: PlacingOptions,
): Promise<Bytes | null> {
  const sameSize = held !== undefined && held.size === part.size;
  if (sameSize && (md5 === undefined || !isMd5(held.etag))) return null;
  const bytes = await source.read(part.offset, part.size);
  return sameSize && held.etag.toLowerCase() === (await md5?.(bytes)) ? null : bytes;
}

async function sendPart(
  part: PlannedPart,
  bytes: Bytes,
  { client, upload, md5, call }: PlacingOptions,
): Promise<string> {
  const { key, uploadId } = upload;
  for (let resends = 0; ; resends++) {
    const { etag, size } = await client.sendPart(
      { key, uploadId, partNumber: part.partNumber, body: bytes },
      call,
    );
    const same = md5 === undefined || !isMd5(etag) || etag.toLowerCase() === (await md5(bytes));
    if (same && size === part.size) return etag;
    if (resends >= RESENDS) throw arrivedWrong(part, size);
  }
}

function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/i.test(etag);
}

function arrivedWrong(part: PlannedPart, size: number): FerryError {
  return new FerryError("ETAG_MISMATCH", `Part ${part.partNumber} arrived as other bytes than were sent`, {
    hint: "Something between here and the app changes request bodies; try its other address.",
    details: { partNumber: part.partNumber, sent: part.size, received: size },
  });
}
