import { plural } from "../../../numbers.ts";
import { addUp } from "../../parts/changes.tsx";
import type { ShownRow } from "../../parts/rows.tsx";
import { ChangesTable } from "../../parts/tables.tsx";
import { Working } from "../../parts/working.tsx";
import { addressOf, allows, type Visit } from "../../visit.ts";
import { PlanForm } from "../plan-form.tsx";
import { BothSides } from "./both-sides.tsx";
import { DropForm } from "./drop-form.tsx";
import type { Opened, Plan } from "./opened.ts";
import { Conflicts, Creates, PlanFacts } from "./plan-facts.tsx";
import { Samples } from "./samples.tsx";

/** A run that waits to be applied: the plan, and the button. */
export function Planned({
  visit,
  key,
  status,
  plan,
  rows,
}: Opened & { plan: Plan; rows: readonly ShownRow[] }) {
  const { deleted } = addUp(plan.tables);
  const needs = deleted > 0 ? (["write", "delete"] as const) : (["write"] as const);
  const missing = needs.filter((one) => !allows(visit, one));
  return (
    <>
      <section class="card" aria-labelledby="plan">
        <h2 id="plan">{status.undoes ? "What the undo will do" : "What it will do"}</h2>
        {plan.unchanged ? <p>Nothing: the database holds all of it already.</p> : null}
        <ChangesTable tables={plan.tables} label="The plan by table" />
        <PlanFacts plan={plan} notes={status.notes} />
        <Conflicts plan={plan} />
        <Creates plan={plan} />
      </section>
      <BothSides status={status} />
      <Samples plan={plan} rows={rows} visit={visit} syncKey={key} />
      {missing.length > 0 ? (
        <div class="alert">
          <p>
            To apply it, a grant has to allow {missing.join(" and ")}; yours does not. Somebody who may can
            open this page, or run the command.
          </p>
        </div>
      ) : (
        <ApplyForm visit={visit} syncKey={key} plan={plan} deletes={deleted} />
      )}
      {!status.undoes && allows(visit, "plan") && (
        <details open={plan.conflictCount > 0}>
          <summary>Plan it otherwise</summary>
          <PlanForm visit={visit} syncKey={key} mode={status.mode} />
        </details>
      )}
      <DropForm visit={visit} syncKey={key} label="Give it up" />
    </>
  );
}

interface ApplyProps {
  visit: Visit;
  syncKey: string;
  plan: Plan;
  deletes: number;
}

function ApplyForm({ visit, syncKey, plan, deletes }: ApplyProps) {
  const { host } = visit.url;
  return (
    <form class="stack card" method="post" action={addressOf({ do: "apply" })} data-drive>
      <input type="hidden" name="key" value={syncKey} />
      <input type="hidden" name="plan" value={plan.hash ?? ""} />
      <input type="hidden" name="deletes" value={String(deletes)} />
      {deletes > 0 && (
        <div>
          <label class="title" for="confirm">
            This deletes {plural(deletes, "row")}. Type <b class="mono">{host}</b> to go on.
          </label>
          <input
            id="confirm"
            name="confirm"
            type="text"
            required
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            data-expect={host}
          />
        </div>
      )}
      <div class="actions">
        <button type="submit" class={deletes > 0 ? "danger" : ""}>
          {plan.unchanged ? "Complete it" : "Apply"}
        </button>
      </div>
      <Working />
    </form>
  );
}
