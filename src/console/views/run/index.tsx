import type { Child } from "hono/jsx";
import { isUndoKey } from "../../../bucket/keys.ts";
import { page } from "../../page.tsx";
import type { ShownRow } from "../../parts/rows.tsx";
import { type State, StateMark, stateOf, wordOf } from "../../parts/state.tsx";
import { Foreign } from "../../parts/text.tsx";
import { allows, type Rendered, type Visit } from "../../visit.ts";
import { Completed, Ended } from "./ended.tsx";
import { Commands, Facts } from "./facts.tsx";
import { NotPlanned, UnderWay, Unfinished } from "./not-at-its-end.tsx";
import type { Opened } from "./opened.ts";
import { Planned } from "./planned.tsx";

/** Everything that is known under a key: an archive in the bucket, or a run in any of its states. */
export async function run(visit: Visit): Promise<Rendered> {
  const key = visit.url.searchParams.get("run") ?? "";
  const { status } = await visit.call("status", { syncKey: key });
  const { runs: [past = null] = [] } = await visit.call("history", { syncKey: key });
  const opened: Opened = { visit, key, status, past };
  const [state, word] = standing(opened);
  return page(visit, {
    title: word ?? state,
    view: opened.past === null ? "in" : "runs",
    children: (
      <>
        <h1>{titleOf(opened)}</h1>
        {status.name && (
          <p class="file">
            <Foreign text={status.name} />
          </p>
        )}
        <p class="lead" data-standing>
          <StateMark state={state} {...(word === undefined ? {} : { word })} />
        </p>
        {await bodyOf(opened)}
        <Facts {...opened} />
        <Commands {...opened} />
      </>
    ),
  });
}

function titleOf({ status, past }: Opened): string {
  if (status.undoes ?? past?.undoes) return "Undo";
  if (past !== null) return `${past.mode.charAt(0).toUpperCase()}${past.mode.slice(1)}`;
  if (isUndoKey(status.syncKey)) return "Rows kept to undo a sync";
  if (status.format === "document") return "JSON document";
  return status.status === "exporting" ? "Export" : status.status === "uploading" ? "Upload" : "Archive";
}

function standing({ status, past }: Opened): [State, string | undefined] {
  if (past !== null) return [stateOf(past), wordOf(past)];
  if (status.status === "uploading") return ["going", "being uploaded"];
  if (status.status === "exporting") return ["going", "being written"];
  return ["unknown", isUndoKey(status.syncKey) ? "in the bucket" : "in the bucket, not synced"];
}

async function bodyOf(opened: Opened): Promise<Child> {
  const { status, past, visit, key } = opened;
  if (past === null)
    return status.status === "pending" ? <NotPlanned {...opened} /> : <Unfinished {...opened} />;
  const { phase } = past;
  if (phase === "completed") return <Completed {...opened} />;
  if (phase === "failed" || phase === "refused" || past.dropped) return <Ended {...opened} />;
  if (phase === "planned" && status.plan !== undefined) {
    return <Planned {...opened} plan={status.plan} rows={await rowsOf(visit, key)} />;
  }
  return <UnderWay {...opened} />;
}

/** The first rows of the plan, for who may see cells. */
async function rowsOf(visit: Visit, key: string): Promise<readonly ShownRow[]> {
  if (!allows(visit, "read")) return [];
  const table = visit.url.searchParams.get("table");
  const { rows } = await visit.call("rows", { syncKey: key, ...(table === null ? {} : { table }) });
  return rows;
}
