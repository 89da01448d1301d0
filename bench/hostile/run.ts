/**
 * What one request of a document that is large for no good reason takes in a Worker's memory, above what the same
 * Worker has when it is idle: each in a workerd of its own, with its D1 and R2 in the same process.
 *
 *   npm run bench:hostile [-- words of a document's name]
 */

import { setTimeout as sleep } from "node:timers/promises";
import { bytesSource } from "../../src/archive/source.ts";
import type { Bytes } from "../../src/bytes.ts";
import { createClient, type FerryClient } from "../../src/client/client.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import { FerryError } from "../../src/errors.ts";
import { openDirectory } from "../directory.ts";
import { memoryOf, resetPeak } from "../measure/process-tree.ts";
import { bundleWorker } from "../worker/bundle.ts";
import { startWorker, TOKEN } from "../worker/start.ts";
import { DOCUMENTS, honestArchive } from "./documents.ts";

/** MB that V8's heap may have, as a Worker's isolate in production. */
const HEAP_MB = 128;

interface Figures {
  /** MB of the process above idle. */
  megabytes: number;
  ms: number;
  outcome: string;
}

type Work = (client: FerryClient, key: string) => Promise<string>;

/** Its bytes out of the bucket, and nothing else: R2 is in this process too, and reads ahead. */
const readAlone: Work = async (client, key) => {
  try {
    for await (const _ of await client.download(key));
    return "read";
  } catch (error) {
    return outcomeOf(error);
  }
};

const sync: Work = async (client, key) => {
  try {
    return (await client.sync({ syncKey: key, version: 2 })).status;
  } catch (error) {
    return outcomeOf(error);
  }
};

const outcomeOf = (error: unknown): string => (error instanceof FerryError ? error.code : String(error));

interface Place {
  bundle: string;
  state: string;
}

async function measure(bytes: Bytes, work: Work, { bundle, state }: Place): Promise<Figures> {
  const worker = await startWorker({ bundle, state, heapLimit: HEAP_MB });
  const pid = worker.pid as number;
  const client = createClient({ baseUrl: worker.url, token: TOKEN });
  try {
    // Everything is compiled and has run once, and the table is there.
    const first = await uploadObject(client, bytesSource(await honestArchive()), {});
    await client.sync({ syncKey: first.key, create: true });
    await readAlone(client, first.key);
    const { key } = await uploadObject(client, bytesSource(bytes), {});
    await sleep(1000);
    const idle = memoryOf(pid)?.resident ?? 0;
    resetPeak(pid);
    const began = Date.now();
    const outcome = await work(client, key);
    const megabytes = Math.round(((memoryOf(pid)?.peak ?? 0) - idle) / 1e6);
    return { megabytes, ms: Date.now() - began, outcome };
  } finally {
    await worker.close();
  }
}

const wanted = process.argv.slice(2).join(" ");
const directory = await openDirectory(undefined);
try {
  const bundle = directory.path("worker.mjs");
  await bundleWorker(bundle);
  console.log("MB above idle: read alone   sync     ms  document: outcome");
  for (const [i, document] of DOCUMENTS.entries()) {
    if (!document.name.includes(wanted)) continue;
    const bytes = await document.bytes();
    const alone = await measure(bytes, readAlone, { bundle, state: directory.path(`alone-${i}`) });
    const synced = await measure(bytes, sync, { bundle, state: directory.path(`sync-${i}`) });
    const columns = [
      String(alone.megabytes).padStart(25),
      String(synced.megabytes).padStart(6),
      String(synced.ms).padStart(6),
    ];
    console.log(`${columns.join(" ")}  ${document.name}: ${synced.outcome}`);
  }
} finally {
  await directory.remove();
}
