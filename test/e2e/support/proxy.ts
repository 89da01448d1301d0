import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A point in the life of a request at which a test may let something happen. */
export type Moment = `${Step} ${"begun" | "half sent" | "sent" | "answering"}`;
export type Step = "export" | "download" | "start" | "part" | "complete" | "sync" | "drop" | "other";

export interface AppProxy {
  readonly url: string;
  /** Every moment so far, in order. */
  readonly moments: Moment[];
  close(): void;
}

/**
 * Stands between a client and an app, and tells what passes. `onMoment` is waited for, so that what it does
 * happens exactly then; a client that is gone takes its request along, as a broken connection does.
 */
export async function startProxy(
  target: string,
  onMoment: (moment: Moment) => void | Promise<void>,
): Promise<AppProxy> {
  const { host, port, hostname } = new URL(target);
  const moments: Moment[] = [];
  const server = createServer((incoming, outgoing) => {
    incoming.on("error", () => {});
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const step = stepOf(incoming, body);
    async function reach(point: "begun" | "half sent" | "sent" | "answering"): Promise<void> {
      const moment: Moment = `${step} ${point}`;
      moments.push(moment);
      await onMoment(moment);
    }
    await reach("begun");
    const { method, url: path } = incoming;
    const headers = { ...incoming.headers, host };
    const onward = request({ hostname, port, method, path, headers });
    outgoing.once("close", () => onward.destroy());
    onward.once("error", () => outgoing.destroy());
    onward.once("response", async (response) => {
      response.once("error", () => outgoing.destroy());
      response.once("data", () => void reach("answering"));
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    const half = Math.floor(body.length / 2);
    onward.write(body.subarray(0, half));
    if (half > 0) await reach("half sent");
    onward.end(body.subarray(half));
    await reach("sent");
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    moments,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function stepOf({ method, url = "" }: IncomingMessage, body: Buffer): Step {
  if (url.includes("operation=download")) return "download";
  if (method === "PUT") return "part";
  const said = /"(?:operation|action)":"(\w+)"/.exec(body.subarray(0, 1000).toString("latin1"))?.[1];
  return STEPS.find((step) => step === said) ?? "other";
}

const STEPS = ["export", "start", "complete", "sync", "drop"] as const;
