import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { newKey } from "../../src/bucket/keys.ts";

/** Bytes. */
const PART = 25 * 1024 * 1024;
/** Milliseconds in which an app that does not wait for the rest of a body answers. */
const EARLY_MS = 5_000;
const LIMIT_MS = 60_000;

export interface UploadedPart {
  bytes: number;
  /** Did the app answer before the body had arrived? Else something has kept all of it in memory. */
  streamed: boolean;
}

export interface UploadTarget {
  url: string;
  token: string;
  /** The folder that its bucket is in. */
  state: string;
}

/** Sends one large part through the app into its bucket, checks what arrived, and forgets the upload. */
export async function uploadPart(target: UploadTarget): Promise<UploadedPart> {
  const body = randomBytes(PART);
  const { key, uploadId } = await call<{ key: string; uploadId: string }>(target, "POST", "", {
    action: "start",
    newKey: newKey("sync"),
    chunkSize: PART,
  });
  const query = `?key=${key}&uploadId=${encodeURIComponent(uploadId)}`;
  const { size } = await call<{ size: number }>(target, "PUT", `${query}&partNumber=1`, body);
  if (size !== PART || !holds(target.state, body))
    throw new Error(`Of a part of ${PART} bytes ${size} arrived, or others than were sent`);
  await call(target, "POST", "", { action: "abort", key, uploadId });
  return { bytes: PART, streamed: await answersEarly(target) };
}

/** Reads the files in which the simulated R2 keeps bytes: is one of them this part? */
function holds(state: string, part: Buffer): boolean {
  const folder = join(state, "v3/r2");
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  const expected = sha256(part);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .some((path) => statSync(path).size === part.length && sha256(readFileSync(path)) === expected);
}

/** A part of an upload that is not there is refused by the route itself: does it get to see the request at once? */
async function answersEarly({ url, token }: UploadTarget): Promise<boolean> {
  const query = `?key=${newKey("sync")}&uploadId=none&partNumber=1`;
  const sending = request(`${url}/api/admin/multipart-upload${query}`, {
    method: "PUT",
    headers: { ...headersOf(token), "content-length": PART },
  });
  // The connection ends in the middle of a body in any case.
  sending.on("error", () => {});
  sending.write(randomBytes(64 * 1024));
  try {
    const signal = AbortSignal.timeout(EARLY_MS);
    const [response] = await once(sending, "response", { signal });
    if (response.statusCode !== 404) throw new Error(`An unknown upload was answered ${response.statusCode}`);
    return true;
  } catch (error) {
    if ((error as Error).name === "AbortError") return false;
    throw error;
  } finally {
    sending.destroy();
  }
}

async function call<T>(
  { url, token }: UploadTarget,
  method: string,
  query: string,
  body: Buffer<ArrayBuffer> | object,
): Promise<T> {
  const raw = body instanceof Uint8Array;
  const response = await fetch(`${url}/api/admin/multipart-upload${query}`, {
    method,
    headers: { ...headersOf(token), ...(raw ? {} : { "content-type": "application/json" }) },
    body: raw ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} multipart-upload answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

function headersOf(token: string) {
  return { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
}
