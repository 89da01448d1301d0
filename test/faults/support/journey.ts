import { bytesSource } from "../../../src/archive/source.ts";
import { newKey } from "../../../src/bucket/keys.ts";
import type { Bytes } from "../../../src/bytes.ts";
import { createClient } from "../../../src/client/client.ts";
import type { SyncInput } from "../../../src/client/operations.ts";
import type { ResumeState } from "../../../src/client/resume.ts";
import { uploadObject } from "../../../src/client/upload-object.ts";
import { FerryError } from "../../../src/errors.ts";
import { ADDRESSES, type Network } from "./network.ts";

/** What a driver keeps, as the command line keeps it in a file. */
export interface Kept {
  exportKey?: string;
  archive?: Bytes;
  upload?: ResumeState | null;
  runKey?: string;
}

/** What the run came to. */
export interface Landed {
  results: unknown;
  verified: boolean;
}

/** One push, from wherever an earlier driver got to. `kept.archive` given: from there. */
export async function push(
  network: Network,
  kept: Kept,
  options: Omit<SyncInput, "syncKey"> = {},
): Promise<Landed> {
  const [source, target] = [ADDRESSES.source, ADDRESSES.target].map((baseUrl) =>
    createClient({ baseUrl, fetch: network.fetch }),
  ) as [ReturnType<typeof createClient>, ReturnType<typeof createClient>];

  if (kept.archive === undefined) {
    kept.exportKey ??= newKey("export");
    const { exportKey } = await source.export({ newKey: kept.exportKey });
    const { stream } = await source.downloadArchive(exportKey);
    kept.archive = new Uint8Array(await new Response(stream).arrayBuffer());
  }
  if (kept.runKey === undefined) {
    const { key } = await uploadObject(target, bytesSource(kept.archive), {
      record: {
        load: async () => kept.upload ?? null,
        save: async (state) => {
          kept.upload = state;
        },
        clear: async () => {
          kept.upload = null;
        },
      },
    });
    kept.runKey = key;
  }
  try {
    const { results, verified } = await target.sync({ syncKey: kept.runKey, ...options });
    return { results, verified };
  } catch (error) {
    if (!(error instanceof FerryError) || error.code !== "ALREADY_SYNCED") throw error;
    if (error.details?.syncKey !== kept.runKey) throw error;
    const { results, verified } = await target.status(kept.runKey);
    return { results, verified };
  }
}
