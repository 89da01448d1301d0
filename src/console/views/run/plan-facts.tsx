import { daysOfFreePlan, FREE_ROWS_WRITTEN_A_DAY } from "../../../database/limits.ts";
import { bytes, count, duration, plural } from "../../../numbers.ts";
import { Foreign, Name } from "../../parts/text.tsx";
import type { Plan } from "./opened.ts";

export function PlanFacts({ plan, notes }: { plan: Plan; notes: readonly string[] }) {
  const days = daysOfFreePlan(plan.rowsWritten);
  return (
    <dl class="facts">
      {plan.nextVersion !== undefined && (
        <>
          <dt>Version</dt>
          <dd>
            {count(plan.nextVersion)}
            <span class="soft">, the next number in the history, under which it will be kept</span>
          </dd>
        </>
      )}
      <dt>Rows written</dt>
      <dd>
        {count(plan.rowsWritten)}, indexes counted
        {plan.rowsWritten >= FREE_ROWS_WRITTEN_A_DAY / 10 && (
          <span class="soft">: {days === 1 ? "1 day" : `${days} days`} of D1's free plan</span>
        )}
      </dd>
      <dt>Space</dt>
      <dd>
        {bytes(plan.stagedBytes)} until it is done
        {plan.databaseBytes !== null && `; with it, the database is ${bytes(plan.databaseBytes)}`}
      </dd>
      <dt>Transactions</dt>
      <dd>
        {plan.transactions === "one"
          ? "one for all tables: all or nothing"
          : "many, with a part of the rows each"}
        {plan.reason !== "" && ` (${plan.reason})`}
      </dd>
      <dt>Time</dt>
      <dd>about {duration(Math.max(1, Math.round(plan.expectedSeconds)) * 1000)}</dd>
      {plan.left && plan.left.edited + plan.left.held > 0 && (
        <>
          <dt>Left alone</dt>
          <dd>
            {count(plan.left.edited)} changed since the run, {count(plan.left.held)} held by a constraint
          </dd>
        </>
      )}
      {plan.heldBack?.map(({ table, reason }) => (
        <>
          <dt>Left out</dt>
          <dd>
            <Name text={table} />: <Foreign text={reason} />
          </dd>
        </>
      ))}
      {notes.map((note) => (
        <>
          <dt>Note</dt>
          <dd>
            <Foreign text={note} />
          </dd>
        </>
      ))}
    </dl>
  );
}

export function Conflicts({ plan }: { plan: Plan }) {
  if (plan.conflictCount === 0) return null;
  const rest = plan.conflictCount - plan.conflicts.length;
  return (
    <div class="alert">
      <p>
        <strong>
          {plural(plan.conflictCount, "row has", "rows have")} a unique value that another row already has
        </strong>
      </p>
      <ul>
        {plan.conflicts.map((one) => (
          <li>
            <Foreign text={`${one.table} ${one.key}: ${one.index} is taken by row ${one.takenBy}`} />
          </li>
        ))}
        {rest > 0 && <li>and {count(rest)} more</li>}
      </ul>
      <p>
        Unless such rows are left out, or put in the place of the others, the sync stops before it writes:
        choose it below, under <i>If a unique value is already taken</i>.
      </p>
    </div>
  );
}

/** SQL from an archive may be anybody's: it is shown before it is run. */
export function Creates({ plan }: { plan: Plan }) {
  if (plan.creates === undefined || plan.creates.length === 0) return null;
  return (
    <>
      <h3>What it makes</h3>
      {plan.creates.map(({ type, name, sql }) => (
        <details>
          <summary>
            {type} <Name text={name} />
          </summary>
          <pre>
            <Foreign text={sql} />
          </pre>
        </details>
      ))}
    </>
  );
}
