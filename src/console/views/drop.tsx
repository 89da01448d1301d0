import type { Child } from "hono/jsx";
import { isUndoKey } from "../../bucket/keys.ts";
import { bytes } from "../../numbers.ts";
import { Command } from "../parts/command.tsx";
import { Foreign, Name } from "../parts/text.tsx";
import { addressOf, allows, appAddress, type Visit } from "../visit.ts";

/** What goes and what stays, before a key is forgotten. */
export async function DropPage({ visit, syncKey }: { visit: Visit; syncKey: string }): Promise<Child> {
  const { status } = await visit.call("status", { syncKey });
  const kept = isUndoKey(syncKey);
  const size = status.bytes === null ? "" : `, ${bytes(status.bytes)}`;
  return (
    <>
      <h1>{kept ? "Drop what a run can be undone from?" : "Drop this?"}</h1>
      <p class="lead">
        {status.name && (
          <>
            <Foreign text={status.name} />,{" "}
          </>
        )}
        <Name text={syncKey} />
        {size}
      </p>
      <div class={kept ? "alert bad" : "card"}>
        {kept && (
          <p>
            <strong>
              These are the rows as they were before a run. Without them it can no longer be undone.
            </strong>
          </p>
        )}
        <dl class="facts">
          <dt>Goes</dt>
          <dd>
            {kept
              ? "The kept rows, and what was staged of the undo. Nobody can bring them back."
              : "The archive, an unfinished upload, and rows that were staged of it. Nobody can bring it back, but who has downloaded it."}
          </dd>
          <dt>Stays</dt>
          <dd>All tables, as they are. The history and the record of who did what.</dd>
        </dl>
      </div>
      {allows(visit, "plan") ? (
        <form method="post" action={addressOf({ do: "drop" })} data-drive>
          <input type="hidden" name="key" value={syncKey} />
          {kept && <input type="hidden" name="keptRows" value="on" />}
          <div class="actions">
            <button class="danger" type="submit">
              {kept ? "Drop the kept rows" : "Drop it"}
            </button>
            <a class="button quiet" href={addressOf({ view: "out" })}>
              Keep it
            </a>
          </div>
        </form>
      ) : (
        <div class="alert">
          <p>
            To drop it, a grant has to allow <b>plan</b>; yours does not.
          </p>
        </div>
      )}
      {!kept && <Command words={["drop", syncKey, "--url", appAddress(visit)]} />}
    </>
  );
}
