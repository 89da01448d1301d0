import { PACKED_TYPE, type RoutePath } from "../api/paths.ts";
import { packText } from "../archive/packed-text.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError, retold } from "../errors.ts";
import { parseBaseUrl, routeUrl } from "./address.ts";
import { type AnswerSchema, checkAnswer } from "./check-answer.ts";
import { concealError, concealer, concealSaid } from "./conceal.ts";
import { aboutAnother, failureOf, retryAfterOf, unreachable, unreadable } from "./failure.ts";
import { requireHeaderValue } from "./header-value.ts";
import { ANSWER_BYTES, readAnswer } from "./read-answer.ts";
import { type Attempt, type RetryOptions, withRetries } from "./retry.ts";
import { sendToEither, withSlash } from "./trailing-slash.ts";

export interface TransportOptions {
  /** The app's address with its base path, such as `https://example.com/app`. */
  baseUrl: string;
  /** Where bodies of documents are sent, when the app has a second address for it. @default baseUrl */
  uploadUrl?: string;
  /** Sent as `Authorization: Bearer`. Never part of a message. */
  token?: string;
  /** Sent as `Cookie`, such as `session=…`. Never part of a message. Browsers send their own. */
  cookie?: string;
  /** @default globalThis.fetch */
  fetch?: typeof fetch;
  retry?: RetryOptions;
  /** Milliseconds one request may take, its answer read; parts have five times that. @default 60000 */
  timeout?: number;
}

export interface Call {
  method: "GET" | "POST" | "PUT";
  route: RoutePath;
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON, or bytes as they are. */
  body?: object | Bytes;
  headers?: Record<string, string>;
  /** What is packed: the answer, where the app packs, or the body as well, by an app that says it takes that. @default nothing */
  packed?: "answer" | "both";
  /** Doing it twice is as good as doing it once, so it may be tried again when its outcome is unknown. */
  repeatable: boolean;
  /** The answer holds rows: they stay as they are, whatever text is in them. @default false */
  holdsRows?: boolean;
  /** Of the answer, as JSON. @default 4 MiB */
  maxBytes?: number;
  signal?: AbortSignal;
}

/** What an answer says that it is about, and what was asked about: each pair has to be the same. */
export type About<T> = (answer: T) => readonly (readonly [told: unknown, asked: unknown])[];

export interface Transport {
  readonly baseUrl: string;
  readonly retry: RetryOptions;
  /** The answer's JSON, as the schema has it. Anything else rejects with a FerryError, and so does an answer to another question. */
  json<T>(call: Call, schema: AnswerSchema<T>, about?: About<T>): Promise<T>;
  /** The answer itself, once its status is a success; its body is the caller's to read. */
  open(call: Call): Promise<Response>;
}

/** What stands in the way of one answer does so, as a rule, with the next ones. */
const GARBLED_REPEATS = 2;

type Read<T> = (response: Response, tried: { url: string; attempt: Attempt }) => Promise<T>;

export function createTransport(options: TransportOptions): Transport {
  const baseUrl = parseBaseUrl(options.baseUrl);
  requireHeaderValue("token", options.token);
  requireHeaderValue("cookie", options.cookie);
  const uploadUrl = options.uploadUrl === undefined ? baseUrl : parseBaseUrl(options.uploadUrl);
  const send = options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  const { timeout = 60_000, retry = {} } = options;
  const conceal = concealer([options.token, options.cookie]);
  /** Whether paths of an address end in a slash; absent while that is not known. */
  const slashes = new Map<string, boolean>();

  function baseOf(call: Call): string {
    const carriesDocument = call.route === "multipart-upload" || call.body instanceof Uint8Array;
    return carriesDocument ? uploadUrl : baseUrl;
  }

  async function sendCall(call: Call, init: RequestInit): Promise<{ response: Response; url: string }> {
    const base = baseOf(call);
    const url = routeUrl(base, call.route, call.query);
    const known = slashes.get(base);
    if (known !== undefined) {
      const at = known ? withSlash(url) : url;
      return { response: await send(at, init), url: at };
    }
    const { slash, ...sent } = await sendToEither(url, (at) => send(at, init));
    if (slash || sent.response.ok) slashes.set(base, slash);
    return sent;
  }

  async function request<T>(call: Call, attempt: Attempt, read: Read<T>): Promise<T> {
    let url = routeUrl(baseOf(call), call.route, call.query);
    const clock = new AbortController();
    const ms = call.method === "PUT" ? timeout * 5 : timeout;
    const timer = setTimeout(() => clock.abort(new DOMException("Timed out", "TimeoutError")), ms);
    try {
      const init = { ...(await initOf(call, options)), signal: either(clock.signal, call.signal) };
      const sent = await sendCall(call, init);
      const { response } = sent;
      url = sent.url;
      const wait = retryAfterOf(response, Date.now());
      if (wait !== undefined) attempt.retryAfter = wait;
      attempt.turnedAway = response.status === 429;
      if (!response.ok) throw await failureOf(response, url);
      return await read(response, { url, attempt });
    } catch (error) {
      call.signal?.throwIfAborted();
      throw error instanceof FerryError ? concealError(error, conceal) : unreachable(url, error);
    } finally {
      clearTimeout(timer);
    }
  }

  function attempts<T>(call: Call, read: Read<T>): Promise<T> {
    const { signal } = call;
    const limits = signal === undefined ? retry : { ...retry, signal };
    let garbled = 0;
    return withRetries(async (attempt) => {
      try {
        return await request(call, attempt, read);
      } catch (error) {
        if (attempt.garbled) garbled++;
        const passes = (call.repeatable && garbled <= GARBLED_REPEATS) || attempt.turnedAway;
        throw passes ? error : unrepeated(error);
      }
    }, limits);
  }

  return {
    baseUrl,
    retry,
    json: (call, schema, about) =>
      attempts(call, async (response, { url, attempt }) => {
        const { maxBytes = ANSWER_BYTES, holdsRows = false } = call;
        const text = await readAnswer(response, { url, maxBytes });
        const value = parseObject(holdsRows ? text : conceal(text));
        attempt.garbled = value === null;
        if (value === null) throw unreadable(response, url);
        const answer = checkAnswer(schema, holdsRows ? concealSaid(value, conceal) : value, url);
        const [other] = (about?.(answer) ?? []).filter(([told, asked]) => told !== asked);
        if (other === undefined) return answer;
        attempt.garbled = true;
        throw aboutAnother(url, ...other);
      }),
    open: (call) => attempts(call, async (response) => response),
  };
}

async function initOf(call: Call, { token, cookie }: TransportOptions): Promise<RequestInit> {
  const { packed } = call;
  const body = await bodyOf(call);
  return {
    method: call.method,
    // A redirect would carry credentials to an address that nobody named.
    redirect: "manual",
    headers: {
      accept: packed === undefined ? "application/json" : `${PACKED_TYPE}, application/json`,
      ...(body === undefined ? {} : { "content-type": body.type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie === undefined ? {} : { cookie }),
      ...call.headers,
    },
    ...(body === undefined ? {} : { body: body.content }),
  };
}

async function bodyOf({
  body,
  packed,
}: Call): Promise<{ content: string | Bytes; type: string } | undefined> {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return { content: body as Bytes, type: "application/octet-stream" };
  const text = JSON.stringify(body);
  if (packed === "both") return { content: await packText(text), type: PACKED_TYPE };
  return { content: text, type: "application/json" };
}

/** Null for what is no JSON, and for a value that is no object. */
function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** The outcome is unknown, and doing it twice would matter: the caller hears of it at once. */
function unrepeated(error: unknown): unknown {
  if (!(error instanceof FerryError) || !error.transient) return error;
  return retold(error, { transient: false });
}

function either(clock: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal === undefined ? clock : AbortSignal.any([clock, signal]);
}
