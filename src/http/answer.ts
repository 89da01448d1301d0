import { PACKED_TYPE } from "../api/paths.ts";
import { packText } from "../archive/packed-text.ts";
import type { Usage } from "../operations/usage.ts";

/** Sent with every answer: nothing here may be cached, sniffed, or embedded by other sites. */
const SAFE_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
} as const;

export interface AnswerOptions {
  /** @default 200 */
  status?: number;
  /** Added as the last member of the body. */
  usage?: Usage;
  headers?: Record<string, string>;
}

/** The body as JSON. */
export function answerJson(body: object, options: AnswerOptions = {}): Response {
  const whole = options.usage === undefined ? body : { ...body, usage: options.usage };
  return new Response(JSON.stringify(whole), {
    status: options.status ?? 200,
    headers: { "content-type": "application/json; charset=utf-8", ...SAFE_HEADERS, ...options.headers },
  });
}

/** The same, packed. */
export async function answerPacked(body: object, options: AnswerOptions = {}): Promise<Response> {
  const plain = answerJson(body, options);
  const headers = new Headers(plain.headers);
  headers.set("content-type", PACKED_TYPE);
  return new Response(await packText(await plain.text()), { status: plain.status, headers });
}

/** The stream as it is. */
export function answerStream(
  stream: ReadableStream<Uint8Array>,
  options: { status?: number; headers: Record<string, string> },
): Response {
  return new Response(stream, {
    status: options.status ?? 200,
    headers: { ...SAFE_HEADERS, ...options.headers },
  });
}
