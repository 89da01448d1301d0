import type { Body, listAnswer } from "../api/answers.ts";
import { requireCount } from "../api/input.ts";
import { type KeyKind, keyOfObject, OBJECT_PREFIX } from "../bucket/keys.ts";
import type { ObjectInfo } from "../bucket/port.ts";
import { FerryError } from "../errors.ts";
import type { RunReport } from "../sync/run/index.ts";
import { listRuns } from "../sync/run/index.ts";
import type { Exchange } from "./invocation.ts";

const KINDS: readonly KeyKind[] = ["export", "sync"];

const DEFAULT_LIMIT = 100;

const MAX_LIMIT = 1000;

type Listed = Body<typeof listAnswer>;

/**
 * The documents in the bucket, a page at a time: exports first, each kind from the oldest on. The first
 * page also has the database's runs, for a run may outlive its document.
 */
export async function listObjects(exchange: Exchange): Promise<Listed> {
  const runs = await listRuns(exchange.database);
  const page = await listPage(exchange, new Map(runs.map((run) => [run.key, run])));
  return exchange.url.searchParams.has("cursor") ? page : { ...page, runs: runs.map(describeRun) };
}

async function listPage(
  { bucket, url }: Exchange,
  runs: ReadonlyMap<string, RunReport>,
): Promise<Omit<Listed, "runs">> {
  const limit = url.searchParams.has("limit")
    ? Math.min(requireCount(url, "limit"), MAX_LIMIT)
    : DEFAULT_LIMIT;
  const from = readCursor(url.searchParams.get("cursor"));

  const objects: Listed["objects"] = [];
  let cursor = from.cursor;
  for (const kind of KINDS.slice(KINDS.indexOf(from.kind))) {
    while (objects.length < limit) {
      const page = await bucket.list({
        prefix: `${OBJECT_PREFIX}${kind}-`,
        limit: limit - objects.length,
        ...(cursor === undefined ? {} : { cursor }),
      });
      objects.push(...page.objects.flatMap((info) => describe(info, runs)));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    if (objects.length >= limit) {
      const next = nextCursor(kind, cursor);
      return next === undefined ? { objects } : { objects, cursor: next };
    }
  }
  return { objects };
}

function describe(info: ObjectInfo, runs: ReadonlyMap<string, RunReport>): Listed["objects"] {
  const key = keyOfObject(info.name);
  if (key === null) return [];
  const run = runs.get(key);
  const noted = Number(info.metadata.version ?? Number.NaN);
  return [
    {
      key,
      kind: key.startsWith("export-") ? "export" : "sync",
      version: run?.version ?? (Number.isSafeInteger(noted) ? noted : null),
      bytes: info.size,
      uploadedAt: info.uploaded.getTime(),
      status: run?.status ?? null,
    },
  ];
}

function describeRun(run: RunReport): NonNullable<Listed["runs"]>[number] {
  const { key, status, version, mode, startedAt, completedAt, error } = run;
  return { key, status, version, mode, startedAt, completedAt, error: error?.error ?? null };
}

/** A page ended within `kind`, or with it: then the next kind is where it goes on. */
function nextCursor(kind: KeyKind, cursor: string | undefined): string | undefined {
  if (cursor !== undefined) return `${kind}:${cursor}`;
  const next = KINDS[KINDS.indexOf(kind) + 1];
  return next === undefined ? undefined : `${next}:`;
}

function readCursor(text: string | null): { kind: KeyKind; cursor: string | undefined } {
  if (text === null) return { kind: "export", cursor: undefined };
  const kind = KINDS.find((known) => text.startsWith(`${known}:`));
  if (kind === undefined) {
    throw new FerryError("INVALID_REQUEST", '"cursor" has to be the cursor that the page before answered', {
      details: { field: "cursor" },
    });
  }
  return { kind, cursor: text.slice(kind.length + 1) || undefined };
}
