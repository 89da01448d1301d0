import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface Recorder {
  url: string;
  /** Every answer's status, headers and body. */
  answers: { head: string; body: Buffer }[];
  close(): Promise<void>;
}

/** Passes requests on to an app, and keeps what it answers. */
export async function startRecorder(target: string): Promise<Recorder> {
  const answers: Recorder["answers"] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const passed = send(`${target}${url}`, { method: method ?? "GET", headers }, (answer) => {
      const chunks: Buffer[] = [];
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const head = `${answer.statusCode} ${answer.rawHeaders.join("\n")}`;
        answers.push({ head, body: Buffer.concat(chunks) });
      });
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
