import { createClient, type FerryClient } from "../../client/client.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import type { App, AppUsage, UsageSum } from "./app.ts";
import { credentialsFor } from "./settings.ts";

/** An app, with the credentials that are meant for it. Nothing is sent until the first call. */
export function connect(url: URL, { world, settings, printer }: Dependencies): App {
  const credentials = credentialsFor(url, settings);
  if (url.protocol === "http:" && !isLoopback(url) && Object.keys(credentials).length > 0) {
    printer.warn(`${url.host} is asked over http: anyone on the way can read the credentials; use https`);
  }
  const client = createClient({
    baseUrl: url.href,
    fetch: world.fetch,
    // Whether a lock is waited for depends on who holds it: see journey/patience.ts.
    retry: { lockWait: 0 },
    ...credentials,
  });
  const usage: AppUsage = { export: nothing(), upload: nothing(), sync: nothing() };
  return { url, usage, client: metered(client, usage) };
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** The client, with each answer's usage added up. */
function metered(client: FerryClient, usage: AppUsage): FerryClient {
  const upload = async <T extends { usage: Usage }>(answer: Promise<T>): Promise<T> => {
    add(usage.upload, (await answer).usage);
    return answer;
  };
  return {
    ...client,
    export: (input, { onProgress, ...options } = {}) =>
      client.export(input, {
        ...options,
        onProgress: (answer) => {
          add(usage.export, answer.usage);
          onProgress?.(answer);
        },
      }),
    sync: (input, { onProgress, ...options } = {}) =>
      client.sync(input, {
        ...options,
        onProgress: (answer) => {
          add(usage.sync, answer.usage);
          onProgress?.(answer);
        },
      }),
    startUpload: (...input) => upload(client.startUpload(...input)),
    readUpload: (...input) => upload(client.readUpload(...input)),
    sendPart: (...input) => upload(client.sendPart(...input)),
    completeUpload: (...input) => upload(client.completeUpload(...input)),
  };
}

type Usage = Pick<UsageSum, "statements" | "bucketOperations" | "ms">;

function nothing(): UsageSum {
  return { invocations: 0, statements: 0, maxStatementsPerInvocation: 0, bucketOperations: 0, ms: 0 };
}

function add(sum: UsageSum, one: Usage): void {
  sum.invocations += 1;
  sum.statements += one.statements;
  sum.maxStatementsPerInvocation = Math.max(sum.maxStatementsPerInvocation, one.statements);
  sum.bucketOperations += one.bucketOperations;
  sum.ms += one.ms;
}
