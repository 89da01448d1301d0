import type { Child } from "hono/jsx";
import { count, plural } from "../../../numbers.ts";
import { ChangesTable } from "../../parts/tables.tsx";
import { Foreign } from "../../parts/text.tsx";
import { addressOf, allows } from "../../visit.ts";
import { PlanForm } from "../plan-form.tsx";
import { BothSides } from "./both-sides.tsx";
import { DropForm } from "./drop-form.tsx";
import type { Opened, Plan, Status } from "./opened.ts";
import { Conflicts } from "./plan-facts.tsx";
import { UndoForm } from "./undo-form.tsx";

export function Completed({ visit, key, status, past }: Opened) {
  const kept = status.undo ?? [];
  return (
    <>
      {status.results && (
        <section class="card" aria-labelledby="results">
          <h2 id="results">What it did</h2>
          <ChangesTable tables={status.results} label="What it did, by table" />
          <p class="small">
            {status.verified ? (
              <span class="good">Verified.</span>
            ) : (
              <span class="notice">Not verified.</span>
            )}{" "}
            <span class="soft">{howVerified(status)}</span>
          </p>
          {!past?.undoneBy && (
            <p class="small soft">{whereRowsAre(kept.length > 0, allows(visit, "plan"))}</p>
          )}
        </section>
      )}
      <BothSides status={status} />
      {past?.undoes && <LeftAlone left={status.plan?.left} />}
      {past?.undoneBy && (
        <p>
          Taken back by <a href={addressOf({ run: past.undoneBy })}>its undo</a>
          {past.left && ", which says why it left rows alone"}.
        </p>
      )}
      {past?.undoes && (
        <p>
          It took back <a href={addressOf({ run: past.undoes })}>this run</a>.
        </p>
      )}
      {kept.length > 0 && allows(visit, "plan") && <UndoForm visit={visit} syncKey={key} kept={kept} />}
      {status.bytes !== null && !past?.undoes && allows(visit, "plan") && (
        <details class="card">
          <summary>Bring it in again</summary>
          <PlanForm visit={visit} syncKey={key} mode={status.mode} again />
        </details>
      )}
    </>
  );
}

/** Rows themselves are kept for the undo alone. */
function whereRowsAre(areKept: boolean, mayPlan: boolean): Child {
  if (!areKept) return "The rows themselves are not kept: nothing is left to undo.";
  if (!mayPlan) return "The rows themselves are told by the plan of its undo, to who may plan.";
  return (
    <>
      The rows themselves: <a href="#undo">in the plan of its undo</a>.
    </>
  );
}

/** An undo that left rows as they were is no whole one. */
function LeftAlone({ left }: { left: Plan["left"] }) {
  const { edited = 0, held = 0 } = left ?? {};
  if (edited + held === 0) return null;
  const why = [
    ...(edited > 0 ? [`${count(edited)} changed since the run`] : []),
    ...(held > 0 ? [`${count(held)} held by a constraint`] : []),
  ];
  return (
    <div class="alert">
      <p>
        <strong>{plural(edited + held, "row was", "rows were")} left alone</strong>: {why.join(", ")}.
      </p>
    </div>
  );
}

function howVerified({ verification }: Status): string {
  if (!verification) return "";
  const { readBack, compared, unchecked, changedSince = {} } = verification;
  const since = Object.values(changedSince).reduce((sum, n) => sum + n, 0);
  return [
    ...(readBack.length > 0 ? [`${plural(readBack.length, "table")} read back after the commit`] : []),
    ...(compared.length > 0 ? [`${plural(compared.length, "table")} compared before the commit`] : []),
    ...(unchecked.length > 0 ? [`${plural(unchecked.length, "table")} not checked`] : []),
    ...(since > 0 ? [`${plural(since, "row")} changed by somebody since`] : []),
  ].join(", ");
}

/** Refused, failed or given up. */
export function Ended({ visit, key, status, past }: Opened) {
  const gone = status.bytes === null;
  return (
    <>
      <div class="alert bad">
        <p>
          <strong>
            <Foreign text={status.error ?? past?.error ?? "It was given up before its end"} />
          </strong>
        </p>
        {status.hint && (
          <p>
            <Foreign text={status.hint} />
          </p>
        )}
        {past?.partly && <p>A part of its rows is in the tables. Undo it, or go on with it.</p>}
        {status.code && (
          <p class="small soft">
            <code>{status.code}</code>
          </p>
        )}
      </div>
      {status.plan !== undefined && (
        <details class="card">
          <summary>The plan that it had</summary>
          <ChangesTable tables={status.plan.tables} label="The plan by table" />
          <Conflicts plan={status.plan} />
        </details>
      )}
      {(status.undo ?? []).length > 0 && <UndoForm visit={visit} syncKey={key} kept={status.undo ?? []} />}
      {gone ? (
        <p class="soft">Its archive is no longer in the bucket, so it cannot be planned again.</p>
      ) : (
        allows(visit, "plan") && <PlanForm visit={visit} syncKey={key} mode={status.mode} />
      )}
      <DropForm visit={visit} syncKey={key} label="Forget it" />
    </>
  );
}
