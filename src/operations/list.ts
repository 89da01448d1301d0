import type { Body, listAnswer } from "../api/answers/index.ts";
import { LIST_LIMIT, type ListRequest } from "../api/requests.ts";
import { type KeyKind, keyOfObject, kindOf, OBJECT_PREFIX } from "../bucket/keys.ts";
import { ownerIn } from "../bucket/owner.ts";
import type { ObjectInfo } from "../bucket/port.ts";
import { fileOf } from "../bucket/uploaded-file.ts";
import { FerryError } from "../errors.ts";
import type { RunReport } from "../sync/run/index.ts";
import { listRuns } from "../sync/run/index.ts";
import { isOwn } from "./caller.ts";
import type { Invocation } from "./invocation.ts";
import { statusWord } from "./status.ts";

const KINDS: readonly KeyKind[] = ["export", "sync", "undo"];

type Listed = Body<typeof listAnswer>;

/**
 * The documents in the bucket, a page at a time: exports first, what syncs are undone from last, each kind from the
 * oldest on. The first
 * page also has the database's runs, for a run may outlive its document. Who does not manage is told of
 * their own.
 */
export async function listObjects(invocation: Invocation, input: ListRequest = {}): Promise<Listed> {
  const { caller } = invocation;
  const runs = (await listRuns(invocation.database)).filter(({ owner }) => isOwn(caller, owner));
  const page = await listPage(invocation, input, new Map(runs.map((run) => [run.key, run])));
  return input.cursor === undefined ? { ...page, runs: runs.map(describeRun) } : page;
}

async function listPage(
  { bucket, caller }: Invocation,
  input: ListRequest,
  runs: ReadonlyMap<string, RunReport>,
): Promise<Omit<Listed, "runs">> {
  const limit = Math.min(input.limit ?? LIST_LIMIT.default, LIST_LIMIT.max);
  const from = readCursor(input.cursor);

  const objects: Listed["objects"] = [];
  let cursor = from.cursor;
  for (const kind of KINDS.slice(KINDS.indexOf(from.kind))) {
    while (objects.length < limit) {
      const page = await bucket.list({
        prefix: `${OBJECT_PREFIX}${kind}-`,
        limit: limit - objects.length,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const theirs = page.objects.filter(({ metadata }) => isOwn(caller, ownerIn(metadata)));
      objects.push(...theirs.flatMap((info) => describe(info, runs)));
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
      kind: kindOf(key),
      version: run?.version ?? (Number.isSafeInteger(noted) ? noted : null),
      ...fileOf(key, info.metadata),
      bytes: info.size,
      uploadedAt: info.uploaded.getTime(),
      status: run === undefined ? null : statusWord(run.status),
      phase: run?.status ?? null,
    },
  ];
}

function describeRun(run: RunReport): NonNullable<Listed["runs"]>[number] {
  const { key, status, version, mode, startedAt, completedAt, error } = run;
  return {
    key,
    status: statusWord(status),
    phase: status,
    version,
    mode,
    startedAt,
    completedAt,
    error: error?.error ?? null,
  };
}

/** A page ended within `kind`, or with it: then the next kind is where it goes on. */
function nextCursor(kind: KeyKind, cursor: string | undefined): string | undefined {
  if (cursor !== undefined) return `${kind}:${cursor}`;
  const next = KINDS[KINDS.indexOf(kind) + 1];
  return next === undefined ? undefined : `${next}:`;
}

function readCursor(text: string | undefined): { kind: KeyKind; cursor: string | undefined } {
  if (text === undefined) return { kind: "export", cursor: undefined };
  const kind = KINDS.find((known) => text.startsWith(`${known}:`));
  if (kind === undefined) {
    throw new FerryError("INVALID_REQUEST", '"cursor" has to be the cursor that the page before answered', {
      details: { field: "cursor" },
    });
  }
  return { kind, cursor: text.slice(kind.length + 1) || undefined };
}
