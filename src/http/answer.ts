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

/**
 * A page. Only the style and the script of this very answer count, nothing is fetched but from the app itself, and no
 * site frames it.
 */
export function answerPage(
  html: string,
  { status, nonce, headers }: { status: number; nonce: string; headers: Record<string, string> },
): Response {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy.join("; "),
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
      ...SAFE_HEADERS,
      ...headers,
    },
  });
}

/** On to another page, by GET. */
export function seeOther(location: string, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 303, headers: { location, ...SAFE_HEADERS, ...headers } });
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
