import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** An address that leads to an app and counts what passes, of both directions, headers and all. */
export interface CountedAddress {
  url: string;
  /** Bytes since it was asked last. */
  take(): number;
  close(): void;
}

export async function countTraffic(url: string): Promise<CountedAddress> {
  const { hostname, port } = new URL(url);
  let bytes = 0;
  const server = createServer((client) => {
    const app = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
    for (const [from, to] of [
      [client, app],
      [app, client],
    ] as const) {
      from.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      from.on("error", () => to.destroy());
      // What is counted arrives as soon as it would otherwise: a socket holds small pieces back for 40 ms by default.
      from.setNoDelay(true);
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close: () => server.close(),
  };
}
