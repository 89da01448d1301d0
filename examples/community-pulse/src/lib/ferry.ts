import { ALL } from "d1-ferry/astro/r2-sync";

/**
 * Asks this app's own sync API, as its user, without a request over the network: a Worker that fetches its
 * own address may not reach itself.
 */
export async function askFerry<Answer>(
  query: string,
  locals: App.Locals,
  here: URL,
): Promise<Answer | Problem> {
  const request = new Request(new URL(`/api/admin/r2-sync?${query}`, here));
  const response = await ALL({ request, locals });
  return response.json();
}

export interface Problem {
  error: string;
  hint?: string;
}

export interface History {
  history: { seedName: string; seedVersion: number; recordCount: number; appliedAt: number | string }[];
}

export interface StoredObjects {
  objects: {
    key: string;
    kind: "export" | "sync";
    version: number | null;
    bytes: number;
    uploadedAt: number;
    status: string | null;
  }[];
  /** Also those whose object is gone. */
  runs?: { key: string; version: number | null; status: string; startedAt: number }[];
}

export interface ListedRun {
  key: string;
  version: number | null;
  /** Milliseconds since 1970. */
  since: number;
  /** Null where the object is gone. */
  bytes: number | null;
  /** Null where it was never synced into this database. */
  status: string | null;
}

/** What lies in the bucket and what the database remembers, by key, the newest first. */
export function listedRuns({ objects, runs = [] }: StoredObjects): ListedRun[] {
  const stored = new Set(objects.map(({ key }) => key));
  return [
    ...objects.map(({ uploadedAt, ...object }) => ({ ...object, since: uploadedAt })),
    ...runs
      .filter(({ key }) => !stored.has(key))
      .map(({ startedAt, ...run }) => ({ ...run, since: startedAt, bytes: null })),
  ].toSorted((one, other) => other.since - one.since);
}
