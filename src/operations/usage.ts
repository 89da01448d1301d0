import type { Bucket } from "../bucket/port.ts";
import type { Database } from "../database/port.ts";

/** What one request cost. */
export interface Usage {
  /** Database statements; each one of a batch counts, as platforms may count it. */
  statements: number;
  /** Calls to the bucket. */
  bucketOperations: number;
  /** Milliseconds since the request came in. */
  ms: number;
}

export interface UsageMeter {
  statements: number;
  bucketOperations: number;
  read(): Usage;
}

export function createUsageMeter(now: () => number = Date.now): UsageMeter {
  const startedAt = now();
  return {
    statements: 0,
    bucketOperations: 0,
    read() {
      const { statements, bucketOperations } = this;
      return { statements, bucketOperations, ms: now() - startedAt };
    },
  };
}

/** The database, with every statement counted, whether it succeeds or not. */
export function countStatements(database: Database, meter: UsageMeter): Database {
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    query(statement) {
      meter.statements += 1;
      return database.query(statement);
    },
    batch(statements) {
      meter.statements += statements.length;
      return database.batch(statements);
    },
  };
}

/** The bucket, with every call told to `count`, whether it succeeds or not. */
export function countBucketOperations(bucket: Bucket, count: () => void): Bucket {
  const counted =
    <A extends unknown[], R>(operation: (...args: A) => R) =>
    (...args: A): R => {
      count();
      return operation(...args);
    };
  return {
    head: counted((...args: Parameters<Bucket["head"]>) => bucket.head(...args)),
    get: counted((...args: Parameters<Bucket["get"]>) => bucket.get(...args)),
    put: counted((...args: Parameters<Bucket["put"]>) => bucket.put(...args)),
    replace: counted((...args: Parameters<Bucket["replace"]>) => bucket.replace(...args)),
    delete: counted((...args: Parameters<Bucket["delete"]>) => bucket.delete(...args)),
    list: counted((...args: Parameters<Bucket["list"]>) => bucket.list(...args)),
    createUpload: counted((...args: Parameters<Bucket["createUpload"]>) => bucket.createUpload(...args)),
    uploadPart: counted((...args: Parameters<Bucket["uploadPart"]>) => bucket.uploadPart(...args)),
    completeUpload: counted((...args: Parameters<Bucket["completeUpload"]>) =>
      bucket.completeUpload(...args),
    ),
    abortUpload: counted((...args: Parameters<Bucket["abortUpload"]>) => bucket.abortUpload(...args)),
  };
}
