import { FerryError } from "../errors.ts";
import type { Usage } from "../operations/usage.ts";
import { answerJson } from "./answer.ts";
import { withHints } from "./hints.ts";

const MAX_MESSAGE_LENGTH = 300;

export interface ErrorAnswerOptions {
  usage?: Usage;
  headers?: Record<string, string>;
}

/** Any thrown value as `{error, code, hint?, details?}` with the status of its code. */
export function answerError(error: unknown, options: ErrorAnswerOptions = {}): Response {
  const { body, status, headers } = asAnswered(error);
  return answerJson(body, { status, ...options, headers: { ...headers, ...options.headers } });
}

/** The parts of such an answer. */
export function asAnswered(error: unknown) {
  const known = error instanceof FerryError ? error : unexpected(error);
  return { body: withHints(known.toJSON()), status: statusOf(known), headers: retryAfter(known) };
}

/** What is worth repeating says when. A lock says it, too: it costs nothing to wait for it. */
function retryAfter({ transient, details }: FerryError): Record<string, string> {
  const seconds = details?.retryAfterSeconds;
  if (typeof seconds === "number") return { "retry-after": String(Math.ceil(seconds)) };
  return transient ? { "retry-after": "1" } : {};
}

/** 500 is for what repeating does not mend. */
function statusOf({ transient, status }: FerryError): number {
  return transient && status === 500 ? 503 : status;
}

/**
 * What nobody planned for. The caller is authorised by now and its message is the only trace that
 * is left on platforms without logs, so it is kept, shortened to its first line; stack and cause
 * never leave the app.
 */
function unexpected(error: unknown): FerryError {
  const message = error instanceof Error ? error.message : String(error);
  const line = (message.split("\n")[0] ?? "").slice(0, MAX_MESSAGE_LENGTH).trim();
  return new FerryError("INTERNAL", `Something failed that should not${line === "" ? "" : `: ${line}`}`, {
    hint: "Run the same call again; a run goes on where it stands. If it fails again, report this message.",
  });
}
