import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { bytes, count } from "../../numbers.ts";
import { type State, StateMark, stateOf } from "../parts/state.tsx";
import { Ago, Foreign, Name } from "../parts/text.tsx";
import { addressOf, allows, type Visit } from "../visit.ts";
import { downloadOf } from "./made.tsx";

export type ListedArchive = Answer<"list">["objects"][number];

/** What is in the bucket, a page at a time. */
export async function Archives({ visit }: { visit: Visit }): Promise<Child> {
  const from = visit.url.searchParams.get("cursor");
  const { objects, cursor } = await visit.call("list", from === null ? {} : { cursor: from });
  if (objects.length === 0 && from === null) {
    return (
      <p class="card">
        Nothing is in the bucket{allows(visit, "manage") ? "" : " that is yours"} yet. An export or an upload
        is listed here until it is dropped.
      </p>
    );
  }
  return (
    <>
      <ul class="archives">
        {newestFirst(objects).map((one) => (
          <li>
            <ArchiveLine visit={visit} archive={one} />
          </li>
        ))}
      </ul>
      {(cursor !== undefined || from !== null) && (
        <p class="small soft">
          The bucket lists exports before uploads, and the oldest of them first; within this page the newest
          is on top.
        </p>
      )}
      <nav class="pages" aria-label="Pages of archives">
        {from === null ? <span /> : <a href={`${addressOf({ view: "out" })}#archives`}>First page</a>}
        {cursor !== undefined && <a href={`${addressOf({ view: "out", cursor })}#archives`}>Next page</a>}
      </nav>
    </>
  );
}

export function newestFirst(objects: readonly ListedArchive[]): ListedArchive[] {
  return [...objects].sort((a, b) => b.uploadedAt - a.uploadedAt);
}

export const KINDS: Readonly<Record<ListedArchive["kind"], string>> = {
  export: "Export",
  sync: "Upload",
  undo: "Rows kept to undo a run",
};

function ArchiveLine({ visit, archive }: { visit: Visit; archive: ListedArchive }) {
  const { key, kind, version, name = null, format } = archive;
  return (
    <>
      <div>
        <a href={addressOf({ run: key })}>{name === null ? KINDS[kind] : <Foreign text={name} />}</a>
        <span class="soft">
          {name !== null && ` ${KINDS[kind].toLowerCase()}`}
          {kind === "sync" && format === "part" && " of changes"}
          {version !== null && `, version ${count(version)}`}
        </span>
        <div class="small">
          <Name text={key} />
        </div>
      </div>
      <div class="small">
        {bytes(archive.bytes)} <span class="soft">·</span> <Ago ms={archive.uploadedAt} now={visit.now} />
      </div>
      <div class="small">
        <StateMark {...standing(archive)} />
      </div>
      <div class="links small">
        {allows(visit, "read") && (
          <a href={downloadOf(visit, key, "archive")} download>
            Download<span class="unseen"> {key}</span>
          </a>
        )}
        {allows(visit, "plan") && kind !== "undo" && (
          <a href={addressOf({ run: key })}>
            Bring in<span class="unseen"> {key}</span>
          </a>
        )}
        {allows(visit, "plan") && (
          <a href={addressOf({ view: "out", drop: key })}>
            Drop<span class="unseen"> {key}</span>
          </a>
        )}
      </div>
    </>
  );
}

function standing({ kind, phase }: ListedArchive): { state: State; word?: string } {
  if (phase === null || phase === undefined)
    return { state: "unknown", word: kind === "undo" ? "not undone" : "not synced" };
  const state = stateOf({ phase });
  return state === "done" && kind === "undo" ? { state, word: "undone" } : { state };
}
