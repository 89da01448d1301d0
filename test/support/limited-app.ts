import type { ByteSource } from "../../src/archive/types.ts";
import { newKey, objectName } from "../../src/bucket/keys.ts";
import { type R2BucketLike, r2Bucket } from "../../src/bucket/r2.ts";
import { createClient, type FerryClient } from "../../src/client/client.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import { createFerry } from "../../src/http/ferry.ts";
import type { Platform } from "../../src/operations/platforms.ts";
import { createMeter, limitD1, limitR2, type Meter, type MeterOptions } from "../../src/testing/index.ts";
import { ACCESS, TOKEN } from "../http/app.ts";

export interface LimitedApp {
  client: FerryClient;
  meter: Meter;
  /** Requests answered: an invocation each. */
  readonly invocations: number;
}

/** What the host app itself asks its database for in each request, to find out who is there. */
const HOST_QUERIES = 4;

export interface LimitedAppOptions extends MeterOptions {
  /** Whose limits hold. */
  platform: Platform;
  /** What the app says of itself; null for nothing. @default platform */
  says?: Platform | null;
  /** Hand the database over as it is: no limits hold there. @default false */
  unmetered?: boolean;
}

/** An app held to its platform's limits, and a client that asks it directly. */
export function startLimitedApp(
  binding: D1Like,
  bucketBinding: R2BucketLike,
  { platform, says = platform, unmetered = false, ...options }: LimitedAppOptions,
): LimitedApp {
  const meter = createMeter(platform, options);
  const database = d1Database(unmetered ? binding : limitD1(binding, meter));
  const bucket = r2Bucket(limitR2(bucketBinding, meter));
  const ferry = createFerry<null>({
    database: () => database,
    bucket: () => bucket,
    ...(says === null ? {} : { platform: says }),
    tokens: ACCESS.tokens,
  });
  let invocations = 0;
  const client = createClient({
    baseUrl: "https://app.example",
    token: TOKEN,
    fetch: async (input, init) => {
      invocations++;
      meter.newInvocation();
      for (let i = 0; i < HOST_QUERIES; i++) await database.query({ sql: "SELECT 1" });
      const request = new Request(input, init);
      // As a server does it.
      if (init?.body instanceof Uint8Array) request.headers.set("content-length", String(init.body.length));
      return ferry.fetch(request, null);
    },
  });
  return {
    client,
    meter,
    get invocations() {
      return invocations;
    },
  };
}

/** Puts an archive into the bucket, as an upload does. */
export async function storeArchive(binding: R2BucketLike, archive: ByteSource): Promise<string> {
  const key = newKey("sync");
  await r2Bucket(binding).put(objectName(key), await archive.read(0, archive.size));
  return key;
}
