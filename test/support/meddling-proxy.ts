import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request on its way to the app. */
export interface Passing {
  /** Counted from 0 since the proxy was told what to do. */
  n: number;
  method: string;
  /** Path and query. */
  url: string;
  /** "sync", "compare", "start", "PUT" and so on. */
  operation: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** What becomes of a request: an answer, or a connection that breaks. `forward` asks the app. */
export type Meddle = (
  passing: Passing,
  forward: (changed?: Partial<Pick<Passing, "url" | "headers" | "body">>) => Promise<Answered>,
) => Promise<Answered | "cut">;

export interface MeddlingProxy {
  readonly url: string;
  /** What has passed since `meddle` was last called, by operation. */
  readonly passed: string[];
  /** From now on each request goes this way. */
  meddle(how: Meddle): void;
  /** Nothing is done to a request any more. */
  rest(): void;
  close(): Promise<void>;
}

const JUST_FORWARD: Meddle = (_, forward) => forward();

/** Stands in front of an app, and answers in its stead where it is told to. */
export async function startMeddlingProxy(app: string): Promise<MeddlingProxy> {
  let how = JUST_FORWARD;
  const passed: string[] = [];
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const passing = await read(incoming);
    passed.push(passing.operation);
    const answered = await how({ ...passing, n: passed.length - 1 }, async (changed = {}) => {
      const { url, method, headers, body } = { ...passing, ...changed };
      const sent = method === "GET" ? {} : { body: new Uint8Array(body) };
      const response = await fetch(new URL(url, app), { method, headers, redirect: "manual", ...sent });
      const kept = [...response.headers].filter(([name]) => !HOP_BY_HOP.has(name));
      return {
        status: response.status,
        headers: Object.fromEntries(kept),
        body: Buffer.from(await response.arrayBuffer()),
      };
    });
    if (answered === "cut") return void outgoing.destroy();
    outgoing.writeHead(answered.status, { ...answered.headers, connection: "close" });
    outgoing.end(answered.body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const restart = (next: Meddle) => {
    how = next;
    passed.length = 0;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    meddle: restart,
    rest: () => restart(JUST_FORWARD),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const HOP_BY_HOP: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding", "host"]);

async function read(incoming: IncomingMessage): Promise<Omit<Passing, "n">> {
  const { method = "GET", url = "/" } = incoming;
  const body = await buffer(incoming);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && !HOP_BY_HOP.has(entry[0]),
    ),
  );
  delete headers["content-length"];
  return { method, url, headers, body, operation: operationOf({ method, url, headers, body }) };
}

function operationOf({ method, url, headers, body }: Omit<Passing, "n" | "operation">): string {
  const query = new URL(url, "http://proxy").searchParams;
  if (method === "GET")
    return (
      query.get("operation") ??
      (query.has("syncKey") ? "status" : query.has("uploadId") ? "parts" : "describe")
    );
  if (method === "PUT") return "part";
  const type = headers["content-type"] ?? "";
  if (/octet-stream/.test(type)) return "upload";
  if (!/^application\/json/.test(type)) return "compare";
  const { operation, action } = JSON.parse(body.toString()) as { operation?: string; action?: string };
  return operation ?? action ?? "";
}

/** The answer with another JSON body. */
export function withJson(answered: Answered, body: object): Answered {
  const { "content-length": _, ...headers } = answered.headers;
  return {
    ...answered,
    headers: { ...headers, "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body)),
  };
}
