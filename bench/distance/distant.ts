import type { R2BucketLike, R2MultipartUploadLike } from "../../src/bucket/r2-binding.ts";
import type { D1Like } from "../../src/database/d1.ts";

/** What goes to another machine in production: a call of the database or of the bucket, and a request to the app. */
export type Trip = "d1" | "r2" | "request";

/** Milliseconds that each trip takes. */
export type Distance = Readonly<Record<Trip, number>>;

export type TripCounts = Record<Trip, number>;

/** From when to when a trip was on its way, milliseconds since 1970. */
export type Wait = readonly [from: number, to: number];

export const NO_DISTANCE: Distance = { d1: 0, r2: 0, request: 0 };

/** Counts the trips of an app, and has each take as long as it would if what it goes to were far away. */
export interface Distant {
  /** As D1 sees it: a batch is one call. */
  database(binding: D1Like): D1Like;
  bucket(binding: R2BucketLike): R2BucketLike;
  /** To be waited for before a request is answered. */
  request(): Promise<void>;
  set(distance: Distance): void;
  /** Trips since it was asked last. */
  take(): TripCounts;
  /** When they were on their way. */
  takeWaits(): Wait[];
}

type Prepared = ReturnType<D1Like["prepare"]>;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function createDistant(wait: (ms: number) => Promise<void> = sleep): Distant {
  let distance = NO_DISTANCE;
  let counts = { ...NO_DISTANCE };
  let waits: Wait[] = [];

  async function travel(trip: Trip): Promise<void> {
    counts[trip]++;
    const ms = distance[trip];
    if (ms <= 0) return;
    await wait(ms);
    // A Worker's clock stands still while it computes, and a busy machine wakes it late: the end is what is sure.
    const end = Date.now();
    waits.push([end - ms, end]);
  }

  async function far<T>(trip: Trip, call: () => Promise<T>): Promise<T> {
    await travel(trip);
    return call();
  }

  function database(binding: D1Like): D1Like {
    const inner = new WeakMap<Prepared, Prepared>();
    const follow = (prepared: Prepared): Prepared => {
      const followed: Prepared = {
        bind: (...values) => follow(prepared.bind(...values)),
        raw: () => far("d1", () => prepared.raw()),
      };
      inner.set(followed, prepared);
      return followed;
    };
    return {
      prepare: (sql) => follow(binding.prepare(sql)),
      batch: (statements: Prepared[]) =>
        far("d1", () => binding.batch(statements.map((one) => inner.get(one)))),
    };
  }

  function bucket(binding: R2BucketLike): R2BucketLike {
    return {
      head: (key) => far("r2", () => binding.head(key)),
      get: (key, options) => far("r2", () => binding.get(key, options)),
      put: (key, value, options) => far("r2", () => binding.put(key, value, options)),
      delete: (keys) => far("r2", () => binding.delete(keys)),
      list: (options) => far("r2", () => binding.list(options)),
      createMultipartUpload: (key, options) =>
        far("r2", async () => upload(await binding.createMultipartUpload(key, options))),
      // Says only which upload is meant: nothing goes anywhere.
      resumeMultipartUpload: (key, uploadId) => upload(binding.resumeMultipartUpload(key, uploadId)),
    };
  }

  function upload(inner: R2MultipartUploadLike): R2MultipartUploadLike {
    return {
      uploadId: inner.uploadId,
      uploadPart: (partNumber, value) => far("r2", () => inner.uploadPart(partNumber, value)),
      abort: () => far("r2", () => inner.abort()),
      complete: (parts) => far("r2", () => inner.complete(parts)),
    };
  }

  return {
    database,
    bucket,
    request: () => travel("request"),
    set(wanted) {
      distance = wanted;
    },
    take() {
      const taken = counts;
      counts = { ...NO_DISTANCE };
      return taken;
    },
    takeWaits() {
      const taken = waits;
      waits = [];
      return taken;
    },
  };
}
