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
}
