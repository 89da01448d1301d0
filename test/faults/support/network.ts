import { PERMISSIONS } from "../../../src/grants.ts";
import { createFerry } from "../../../src/http/ferry.ts";
import type { Platform } from "../../../src/operations/platforms.ts";
import type { AppName, HttpKind, Injector } from "./injector.ts";
import { breakingAt, createIsolate, type Isolate, never, type Stores } from "./isolate.ts";

export interface Network {
  /** The way to both apps, of one driver: once it is dead, nothing it asked is ever answered. */
  fetch: typeof fetch;
  /** Rejects with `DriverDied`. */
  death: Promise<never>;
}

export class DriverDied extends Error {
  override readonly name = "DriverDied";
}

export const ADDRESSES = { source: "https://source.example", target: "https://target.example" } as const;

/** Two apps and what stands between a driver and them, where anything may go wrong. */
export function connectApps(
  apps: Record<AppName, Stores>,
  injector: Injector,
  options: { platform?: Platform } = {},
): Network {
  const ferry = createFerry<Isolate>({
    database: (isolate) => isolate.database,
    bucket: (isolate) => isolate.bucket,
    authorize: () => ({ name: "driver", may: PERMISSIONS }),
    ...options,
  });
  let kill = (): void => {};
  let dead = false;
  const death = new Promise<never>((_, reject) => {
    kill = () => reject(new DriverDied());
  });
  death.catch(() => undefined);
  function die(): Promise<never> {
    dead = true;
    kill();
    return never();
  }

  async function send(url: string, init: RequestInit): Promise<Response> {
    if (dead) return never();
    const app: AppName = url.startsWith(ADDRESSES.source) ? "source" : "target";
    const kind = injector.reach(app, "http", nameOf(url, init)) as HttpKind | null;
    const answered = ANSWERED[kind as keyof typeof ANSWERED];
    if (answered !== undefined) return answered();
    if (kind === "driver dies before") return die();
    if (kind === "request lost") throw lost();
    if (kind === "times out") throw new DOMException("Timed out", "TimeoutError");
    const isolate = createIsolate(app, apps[app], injector);
    const request = requestOf(url, init, kind === "request cut");
    const response = await Promise.race([ferry.fetch(request, isolate), isolate.death]);
    if (kind === "driver dies after") return die();
    if (kind === "driver dies within the answer")
      return new Response(endingWith(response.body, die), response);
    if (kind === "request cut" || kind === "answer lost") throw lost();
    if (kind === "524 after it was done") return page(524);
    if (kind !== "answer cut" || response.body === null) return response;
    return new Response(breakingAt(response.body, 0.5), response);
  }
  return { death, fetch: ((url: string, init: RequestInit = {}) => send(url, init)) as typeof fetch };
}

/** The first half of the body's first piece; whoever asks for more is not there any more. */
function endingWith(
  body: ReadableStream<Uint8Array> | null,
  die: () => Promise<never>,
): ReadableStream<Uint8Array> {
  const reader = body?.getReader();
  let given = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (given) return die();
        given = true;
        const half = await reader?.read();
        const bytes = half?.value?.slice(0, Math.ceil(half.value.byteLength / 2));
        if (bytes === undefined) return die();
        controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
}

/** What stands between answers, and the app never hears of it. */
const ANSWERED = {
  "500 page": () => new Response("error code: 1101", { status: 500 }),
  "502 page": () => page(502),
  "503 later": () => new Response("", { status: 503, headers: { "retry-after": "3" } }),
  "429 later": () =>
    new Response("", { status: 429, headers: { "retry-after": new Date(Date.now() + 4000).toUTCString() } }),
} as const;

function page(status: number): Response {
  return new Response(`<html><title>${status}</title></html>`, { status });
}

function lost(): TypeError {
  return new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
}

function requestOf(url: string, init: RequestInit, cut: boolean): Request {
  const { method = "GET", body } = init;
  const headers = new Headers(init.headers);
  if (body === undefined || body === null) return new Request(url, { method, headers });
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : (body as Uint8Array<ArrayBuffer>);
  headers.set("content-length", String(bytes.byteLength));
  if (!cut) return new Request(url, { method, headers, body: bytes });
  const whole = new Response(bytes).body as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, body: breakingAt(whole, 0.5), duplex: "half" } as RequestInit);
}

/** What is asked, in a word. */
function nameOf(url: string, { method = "GET", body }: RequestInit): string {
  const said = typeof body === "string" ? /"(?:operation|action)":"(\w+)"/.exec(body)?.[1] : undefined;
  return said ?? new URL(url).searchParams.get("operation") ?? method;
}
