import { type ErrorCode, FerryError, isErrorCode } from "../errors.ts";
import { placeOf } from "./address.ts";
import { fromPlatform, isRedirect, redirected } from "./platform-failure.ts";
import { readStart } from "./read-answer.ts";

/** A refusal that lists all that differs between two schemas. Of a page that stands in its place, no more is read. */
const MAX_REFUSAL_BYTES = 1024 * 1024;
const MAX_PAGE_BYTES = 64 * 1024;
/** Characters of an app's error and of its hint. */
const MAX_TEXT = 4000;

/** Codes of 429, and of 500 and above, that stay as they are when asked again soon. */
const PERMANENT = new Set<string>(["VERIFICATION_FAILED", "NOT_CONFIGURED", "DAILY_LIMIT"]);
/** Codes of which the app knows better: it sends `Retry-After` with those that are worth another try. */
const SAID_BY_APP = new Set<string>(["DATABASE_ERROR", "BUCKET_ERROR"]);

/** The error that an answer without success stands for. Reads, at most, the beginning of its body. */
export async function failureOf(response: Response, url: string): Promise<FerryError> {
  const where = placeOf(url);
  if (isRedirect(response)) {
    void response.body?.cancel().catch(() => undefined);
    return redirected(response, where, url);
  }
  const json = /\bjson\b/i.test(response.headers.get("content-type") ?? "");
  // The status line has said it already; what came of a body that broke is not worth more.
  const { text } = await readStart(response, json ? MAX_REFUSAL_BYTES : MAX_PAGE_BYTES).catch(() => NOTHING);
  return fromFerry(response, where, text) ?? fromPlatform(response, where, text);
}

/** A success that is not JSON: a login page, or an app that answers every path with its start page. */
export function notJson(response: Response, url: string): FerryError {
  const type = response.headers.get("content-type") ?? "no content type";
  return new FerryError("UNREACHABLE", `${placeOf(url)} answered ${response.status} with ${type}, not JSON`, {
    hint:
      "Another page answers in place of d1-ferry, often a login page or a single-page app: check the " +
      "address and its base path, and sign in with a token or a cookie.",
  });
}

/** JSON that ends too early or is none, though the answer came to its end: something on the way has cut it, or another page. */
export function unreadable(response: Response, url: string): FerryError {
  if (!/\bjson\b|\bgzip\b/i.test(response.headers.get("content-type") ?? "")) return notJson(response, url);
  return new FerryError("UNREACHABLE", `${placeOf(url)} answered JSON that is cut short or damaged`, {
    hint: `Something between here and the app changes its answers. ${GOES_ON}`,
    transient: true,
  });
}

/** A cache on the way, or a proxy that mixes answers up. */
export function aboutAnother(url: string, told: unknown, asked: unknown): FerryError {
  return new FerryError(
    "UNREACHABLE",
    `${placeOf(url)} answered about ${shortly(told)}, and was asked about ${shortly(asked)}`,
    {
      hint: `Something between here and the app answers in its place, such as a cache: have it leave out /api/admin. ${GOES_ON}`,
      details: { asked, told: shortly(told) },
      transient: true,
    },
  );
}

const GOES_ON = "What was done is kept. Run the same command again; it goes on where it stands.";

const shortly = (value: unknown): string => String(value).slice(0, 100);

/** The request never came to an answer. */
export function unreachable(url: string, cause: unknown): FerryError {
  const timedOut = cause instanceof Error && cause.name === "TimeoutError";
  const where = placeOf(url);
  const message = timedOut
    ? `${where} did not answer in time`
    : `${where} cannot be reached${reasonOf(cause)}`;
  return new FerryError("UNREACHABLE", message, {
    details: { app: where },
    hint: "Check that the app is running and the address is right, then run the same command again.",
    transient: true,
    cause,
  });
}

/** Milliseconds that a `Retry-After` asks to wait, in seconds or as a date; undefined without one. */
export function retryAfterOf(response: Response, now: number): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // A date names its month: Date.parse would also take "-3" for one.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const NOTHING = { text: "" };

/** Whether a body is a refusal of d1-ferry's, and no page of somebody else's. */
export function isOwnRefusal(text: string): boolean {
  const body = parseObject(text);
  return typeof body?.error === "string" && typeof body.code === "string";
}

/** d1-ferry's own `{error, code, hint?, details?}`; null for anybody else's answer. */
function fromFerry(response: Response, where: string, text: string): FerryError | null {
  const body = parseObject(text);
  if (typeof body?.error !== "string" || typeof body.code !== "string") return null;
  const serverSide = response.status >= 500 || response.status === 429;
  const said = !SAID_BY_APP.has(body.code) || response.headers.has("retry-after");
  const transient = serverSide && said && !PERMANENT.has(body.code);
  const [code, message]: [ErrorCode, string] = isErrorCode(body.code)
    ? [body.code, cut(body.error)]
    : ["UNREACHABLE", `${cut(body.error)} (${cut(body.code)})`];
  // Two apps take part in a push: which of them refuses is half the news.
  const told = code === "AUTHENTICATION_REQUIRED" ? `${message} by ${where}` : message;
  return new FerryError(code, told, {
    transient,
    ...(typeof body.hint === "string" ? { hint: cut(body.hint) } : {}),
    ...detailsOf(code, body.details, where),
  });
}

/** The app's own; a refusal for lack of a login also says which app it was. */
function detailsOf(code: ErrorCode, details: unknown, where: string) {
  const own = isObject(details) ? details : undefined;
  if (code === "AUTHENTICATION_REQUIRED") return { details: { ...own, app: where } };
  return own === undefined ? {} : { details: own };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Node's fetch hides the reason ("ECONNREFUSED") in the cause of "fetch failed". */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (inner as { code?: unknown } | null)?.code;
  if (typeof code === "string") return ` (${code})`;
  return inner instanceof Error && inner.message !== "" ? ` (${inner.message})` : "";
}
