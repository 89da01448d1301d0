import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { createClient } from "../../src/client/client.ts";
import type { ResumeState } from "../../src/client/resume.ts";
import { type UploadedObject, uploadObject } from "../../src/client/upload-object.ts";
import { FerryError } from "../../src/errors.ts";
import { snapshotBucket } from "../http/app.ts";
import { ALL_CASES, SEED } from "../support/cases.ts";
import { type FastClock, installFastClock } from "./support/clock.ts";
import {
  HTTP_KINDS,
  type Injector,
  injectOnce,
  type Kind,
  type Layer,
  MAIN_HTTP_KINDS,
  STORE_KINDS,
} from "./support/injector.ts";
import { ADDRESSES, connectApps, DriverDied } from "./support/network.ts";
import { nodeGround } from "./support/node-ground.ts";

const MiB = 1024 * 1024;
/** A whole part and a short one. */
const BYTES = new Uint8Array(5 * MiB + 1234).map((_, i) => (i * 2654435761) >>> 24);
const PARTS = 2;
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
const MD5 = md5(BYTES);
const WEEK = 7 * 24 * 60 * 60 * 1000;

const ground = nodeGround();

interface Uploading {
  bucket: Bucket;
  clock: FastClock;
  /** One driver's try. */
  upload(injector: Injector): Promise<UploadedObject>;
  /** Parts that the ledger has. */
  held(): Promise<number>;
  expired: number;
}

async function withUpload(act: (uploading: Uploading) => Promise<void>): Promise<void> {
  const clock = installFastClock();
  try {
    const target = await ground.stores("target");
    let state: ResumeState | null = null;
    const uploading: Uploading = {
      bucket: target.bucket,
      clock,
      expired: 0,
      async upload(injector) {
        const network = connectApps({ source: target, target }, injector);
        const client = createClient({ baseUrl: ADDRESSES.target, fetch: network.fetch });
        const done = uploadObject(client, bytesSource(BYTES), {
          chunkSize: 5 * MiB,
          concurrency: 1,
          md5,
          record: {
            load: async () => state,
            save: async (next) => {
              state = next;
            },
            clear: async () => {
              state = null;
            },
          },
          onExpired: () => uploading.expired++,
        });
        return Promise.race([done, network.death]);
      },
      held: async () =>
        (await snapshotBucket(target.bucket)).filter((name) => name.includes("/part-")).length,
    };
    await act(uploading);
  } finally {
    clock.restore();
    await ground.clear?.();
  }
}

async function expectUploaded({ bucket }: Uploading, { key, bytes }: UploadedObject): Promise<void> {
  expect(bytes).toBe(BYTES.length);
  const object = await bucket.get(`d1-ferry/${key}`);
  const read = new Uint8Array(await new Response(object?.body).arrayBuffer());
  expect(md5(read)).toBe(MD5);
  const names = (await snapshotBucket(bucket)).map((line) => line.split(" ")[0]);
  // The receipt stays until the document is synced.
  expect(names).toEqual([`d1-ferry/${key}`, `d1-ferry/uploads/${key}/completed`]);
}

const sends = ({ calls }: Injector) => calls.filter((call) => call === "target bucket uploadPart").length;

describe("An upload in parts", () => {
  /** Of an upload without faults. */
  let calls: readonly string[] = [];
  beforeAll(() =>
    withUpload(async (uploading) => {
      const injector = injectOnce(null);
      await expectUploaded(uploading, await uploading.upload(injector));
      calls = injector.calls;
    }),
  );

  let walks = 0;
  const walk = async (layer: Layer, kind: Kind) => {
    const count = calls.filter((call) => call.startsWith(`target ${layer}`)).length;
    expect(count).toBeGreaterThan(0);
    const every = Math.min(ALL_CASES ? 1 : 8, count);
    for (let call = 1 + ((SEED + walks++) % every); call <= count; call += every) {
      await withUpload(async (uploading) => {
        const injector = injectOnce({ app: "target", layer, kind, call });
        const first = await uploading.upload(injector).catch((error: unknown) => error);
        expect(injector.hits).toHaveLength(1);
        if (!(first instanceof Error)) {
          await expectUploaded(uploading, first as UploadedObject);
          return;
        }
        expect(kind, injector.hits[0]).toMatch(/^driver/);
        const held = await uploading.held();
        const again = injectOnce(null);
        const done = await uploading.upload(again);
        await expectUploaded(uploading, done);
        // What the bucket had is not sent again. A completed upload holds all of them.
        const completed = sends(again) === 0;
        expect(sends(again), injector.hits[0]).toBe(completed ? 0 : PARTS - held);
        expect(done.resumedParts).toBe(completed ? PARTS : held);
      });
    }
  };
  it.each(STORE_KINDS)("ends whole when a call of the bucket %s", (kind) => walk("bucket", kind));
  it.each(ALL_CASES ? HTTP_KINDS : MAIN_HTTP_KINDS)("ends whole when a request goes wrong: %s", (kind) =>
    walk("http", kind),
  );

  it("begins anew when the bucket has forgotten it, and says so", async () => {
    await withUpload(async (uploading) => {
      const dying = injectOnce({ app: "target", layer: "http", kind: "driver dies before", call: 4 });
      await expect(uploading.upload(dying)).rejects.toThrow(DriverDied);
      expect(await uploading.held()).toBeGreaterThan(0);
      uploading.clock.advance(WEEK + 1000);
      const again = injectOnce(null);
      const done = await uploading.upload(again);
      expect(uploading.expired).toBe(1);
      expect([sends(again), done.resumedParts]).toEqual([PARTS, 0]);
      const object = await uploading.bucket.head(`d1-ferry/${done.key}`);
      expect(object?.size).toBe(BYTES.length);
    });
  });

  it("fails with how much of it is safe when a part never gets through", async () => {
    await withUpload(async (uploading) => {
      const never: Injector = {
        calls: [],
        hits: [],
        reach: (_app, _layer, name) => (name === "PUT" && never.calls.push(name) > 1 ? "502 page" : null),
      };
      const error = await uploading.upload(never).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FerryError);
      expect(error).toMatchObject({ transient: true, details: { parts: 1, totalParts: PARTS } });
      const again = injectOnce(null);
      await expectUploaded(uploading, await uploading.upload(again));
      expect(sends(again)).toBe(PARTS - 1);
    });
  });
});
