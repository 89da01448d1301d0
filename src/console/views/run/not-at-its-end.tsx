import { isUndoKey } from "../../../bucket/keys.ts";
import { plural } from "../../../numbers.ts";
import { tellPhase } from "../../parts/progress.ts";
import { ChangesTable } from "../../parts/tables.tsx";
import { Working } from "../../parts/working.tsx";
import { addressOf, allows, routeBeside } from "../../visit.ts";
import { PlanForm } from "../plan-form.tsx";
import { DropForm } from "./drop-form.tsx";
import type { Opened, Status } from "./opened.ts";

export function NotPlanned({ visit, key, status }: Opened) {
  if (isUndoKey(key)) {
    return (
      <p>
        Rows as they were before a sync. They are kept so that it can be undone: open that sync under{" "}
        <a href={addressOf({ view: "runs" })}>Runs</a>, and plan the undo there.
      </p>
    );
  }
  return (
    <>
      <p>{contentsOf(status)}Choose what to do with its rows: you see first what that would change.</p>
      {allows(visit, "plan") && <PlanForm visit={visit} syncKey={key} />}
    </>
  );
}

/** How much it holds, where that is known before it is read. */
function contentsOf({ progress: { totalRecords, totalTables } }: Status): string {
  if (totalRecords === null || totalTables === null) return "";
  return `It holds ${plural(totalRecords, "row")} of ${plural(totalTables, "table")}. `;
}

export function Unfinished(opened: Opened) {
  const { status, visit, key } = opened;
  return (
    <>
      <div class="card" {...watching(opened)}>
        <Working told={{ says: status.message, done: 0, of: null }} />
        {status.status === "uploading" && (
          <p>
            It goes on where it was begun: <a href={addressOf({ view: "in" })}>choose the same file again</a>{" "}
            in that browser, or repeat the command. Once all of it is here, this page shows what to do with
            it.
          </p>
        )}
      </div>
      <DropForm visit={visit} syncKey={key} label="Forget it" />
    </>
  );
}

export function UnderWay(opened: Opened) {
  const { visit, key, status, past } = opened;
  const applying = past?.phase === "applying" || past?.phase === "verifying";
  return (
    <>
      <form class="card" method="post" action={addressOf({ do: "go-on" })} data-drive {...watching(opened)}>
        <input type="hidden" name="key" value={key} />
        <Working told={tellPhase(status.phase ?? undefined, status.progress)} />
        <p class="soft">
          It may be at work elsewhere: this page tells how far it is. If nobody is, go on with it here;
          nothing is done twice. You may close this page, and open it again on any device.
        </p>
        <div class="actions">
          <button type="submit">Go on</button>
        </div>
        {status.plan !== undefined && <ChangesTable tables={status.plan.tables} label="The plan by table" />}
      </form>
      {!applying && <DropForm visit={visit} syncKey={key} label="Give it up" />}
    </>
  );
}

/** What the script needs to ask again and again how far it is. */
function watching({ visit, key, status }: Opened) {
  return {
    "data-watch": `${routeBeside(visit, "r2-sync")}?${new URLSearchParams({ syncKey: key })}`,
    "data-phase": status.phase ?? status.status,
  };
}
