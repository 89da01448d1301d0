import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HostileServer {
  url: string;
  /** Requests so far. */
  readonly requests: number;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server that answers every request as it is told to. */
export async function startHostileServer(answer: Answer): Promise<HostileServer> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests++;
    request.resume();
    try {
      await answer(request, response);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** Writes a chunk again and again, as fast as it is taken, until nobody listens. Answers how often. */
export async function flood(response: ServerResponse, chunk: Buffer): Promise<number> {
  for (let times = 0; ; times++) {
    if (response.destroyed || response.closed) return times;
    if (!response.write(chunk)) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settled = () => {
      response.off("drain", settled);
      response.off("close", settled);
      resolve();
    };
    response.on("drain", settled);
    response.on("close", settled);
  });
}

/** Writes a chunk every few milliseconds until nobody listens. */
export async function trickle(response: ServerResponse, chunk: Buffer, ms: number): Promise<void> {
  while (!response.destroyed && !response.closed) {
    response.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}
