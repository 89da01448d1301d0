import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { daysOfFreePlan, FREE_ROWS_WRITTEN_A_DAY } from "../../database/limits.ts";
import { bytes, count, duration, plural } from "../../numbers.ts";
import { page } from "../page.tsx";
import { addUp, ChangesText } from "../parts/changes.tsx";
import { Command } from "../parts/command.tsx";
import { tellPhase } from "../parts/progress.ts";
import { more, Rows, type ShownRow } from "../parts/rows.tsx";
import { type State, StateMark, stateOf, wordOf } from "../parts/state.tsx";
import { ChangesTable } from "../parts/tables.tsx";
import { Foreign, Moment, Name } from "../parts/text.tsx";
import { Working } from "../parts/working.tsx";
import { addressOf, allows, appAddress, type Rendered, type Visit } from "../visit.ts";
import { PlanForm } from "./plan-form.tsx";
import type { PastRun } from "./runs.tsx";

type Status = Answer<"status">["status"];
type Plan = NonNullable<Status["plan"]>;

interface Opened {
  visit: Visit;
  key: string;
  status: Status;
  /** As the history tells it; null for what was never run here. */
  past: PastRun | null;
}

/** Everything that is known under a key: an archive in the bucket, or a run in any of its states. */
export async function run(visit: Visit): Promise<Rendered> {
  const key = visit.url.searchParams.get("run") ?? "";
  const { status } = await visit.call("status", { syncKey: key });
  const { runs = [] } = await visit.call("history");
  const opened: Opened = { visit, key, status, past: runs.find((one) => one.key === key) ?? null };
  const [state, word] = standing(opened);
  return page(visit, {
    title: word ?? state,
    view: opened.past === null ? "in" : "runs",
    children: (
      <>
        <h1>{titleOf(opened)}</h1>
        <p class="lead">
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
  return status.status === "exporting" ? "Export" : status.status === "uploading" ? "Upload" : "Archive";
}

function standing({ status, past }: Opened): [State, string | undefined] {
  if (past !== null) return [stateOf(past), wordOf(past)];
  if (status.status === "uploading") return ["going", "being uploaded"];
  if (status.status === "exporting") return ["going", "being written"];
  return ["unknown", "in the bucket, not synced"];
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

function NotPlanned({ visit, key, status }: Opened) {
  return (
    <>
      <p>{status.message}</p>
      {allows(visit, "plan") && <PlanForm visit={visit} syncKey={key} />}
    </>
  );
}

function Unfinished(opened: Opened) {
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

/** A run that waits to be applied: the plan, and the button. */
function Planned({ visit, key, status, plan, rows }: Opened & { plan: Plan; rows: readonly ShownRow[] }) {
  const { deleted } = addUp(plan.tables);
  const needs = deleted > 0 ? (["write", "delete"] as const) : (["write"] as const);
  const missing = needs.filter((one) => !allows(visit, one));
  return (
    <>
      <section class="card" aria-labelledby="plan">
        <h2 id="plan">{status.undoes ? "What it takes back" : "What it will do"}</h2>
        {plan.unchanged ? <p>Nothing: the database holds all of it already.</p> : null}
        <ChangesTable tables={plan.tables} label="The plan by table" />
        <PlanFacts plan={plan} notes={status.notes} />
        <Conflicts plan={plan} />
        <Creates plan={plan} />
      </section>
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
        <details>
          <summary>Plan it otherwise</summary>
          <PlanForm visit={visit} syncKey={key} mode={status.mode} />
        </details>
      )}
      <DropForm visit={visit} syncKey={key} label="Give it up" />
    </>
  );
}

function PlanFacts({ plan, notes }: { plan: Plan; notes: readonly string[] }) {
  const days = daysOfFreePlan(plan.rowsWritten);
  return (
    <dl class="facts">
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
        {plan.databaseBytes !== null && `; the database will be ${bytes(plan.databaseBytes)}`}
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

function Conflicts({ plan }: { plan: Plan }) {
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
    </div>
  );
}

/** SQL from an archive may be anybody's: it is shown before it is run. */
function Creates({ plan }: { plan: Plan }) {
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

/** Rows shown of a table before it is asked for alone. */
const SAMPLES = 8;

interface SamplesProps {
  plan: Plan;
  rows: readonly ShownRow[];
  visit: Visit;
  syncKey: string;
}

function Samples({ plan, rows, visit, syncKey }: SamplesProps) {
  const chosen = visit.url.searchParams.get("table");
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return [...byTable].map(([table, theirs]) => {
    const told = chosen === null ? theirs.slice(0, SAMPLES) : theirs;
    const one = plan.tables[table];
    const all = one === undefined ? told.length : one.inserted + one.updated + one.deleted;
    return (
      <section class="card">
        <h2>
          <Foreign text={table} />
        </h2>
        <Rows rows={told} />
        {all > told.length && (
          <p class="small soft">
            {more(all, told.length)}
            {chosen === null ? (
              <>
                {". "}
                <a href={addressOf({ run: syncKey, table })}>Show more of this table</a>
              </>
            ) : (
              ". The command shows all of them."
            )}
          </p>
        )}
        {chosen !== null && <Command words={["plan", syncKey, "--url", appAddress(visit), "--rows"]} />}
      </section>
    );
  });
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

function UnderWay(opened: Opened) {
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
function watching({ key, status }: Opened) {
  return {
    "data-watch": `r2-sync?${new URLSearchParams({ syncKey: key })}`,
    "data-phase": status.phase ?? status.status,
  };
}

function Completed({ visit, key, status, past }: Opened) {
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
        </section>
      )}
      {past?.undoneBy && (
        <p>
          Taken back by <a href={addressOf({ run: past.undoneBy })}>its undo</a>.
        </p>
      )}
      {past?.undoes && (
        <p>
          It took back <a href={addressOf({ run: past.undoes })}>this run</a>.
        </p>
      )}
      {kept.length > 0 && allows(visit, "plan") && <UndoForm visit={visit} syncKey={key} kept={kept} />}
    </>
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

interface UndoProps {
  visit: Visit;
  syncKey: string;
  kept: readonly { rows: number; bytes: number }[];
}

function UndoForm({ visit, syncKey, kept }: UndoProps) {
  const rows = kept.reduce((sum, one) => sum + one.rows, 0);
  return (
    <section class="card" aria-labelledby="undo">
      <h2 id="undo">Undo</h2>
      <p>
        {plural(rows, "row")} can be put back as they were. You see first what that changes. Rows that
        somebody has changed since are left alone.
      </p>
      <form method="post" action={addressOf({ do: "undo" })} data-drive>
        <input type="hidden" name="key" value={syncKey} />
        <label class="choice">
          <input type="checkbox" name="force" />
          <span>Take back rows that were changed since, too</span>
        </label>
        <div class="actions">
          <button type="submit">Plan the undo</button>
        </div>
        <Working />
      </form>
      <Command words={["undo", syncKey, "--url", appAddress(visit)]} />
    </section>
  );
}

/** Refused, failed or given up. */
function Ended({ visit, key, status, past }: Opened) {
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

function DropForm({ visit, syncKey, label }: { visit: Visit; syncKey: string; label: string }) {
  if (!allows(visit, "plan")) return null;
  return (
    <form method="post" action={addressOf({ do: "drop" })} data-drive>
      <input type="hidden" name="key" value={syncKey} />
      <div class="actions">
        <button class="quiet" type="submit">
          {label}
        </button>
        <span class="small soft">Removes the archive and what was staged. The tables stay as they are.</span>
      </div>
    </form>
  );
}

function Facts({ status, past, key }: Opened) {
  return (
    <section>
      <h2>Facts</h2>
      <dl class="facts">
        <dt>Key</dt>
        <dd>
          <Name text={key} />
        </dd>
        {past && (
          <>
            <dt>Who</dt>
            <dd>
              <Foreign text={past.owner ?? "nobody said"} />
            </dd>
          </>
        )}
        {past?.source && (
          <>
            <dt>From</dt>
            <dd>
              <Foreign text={past.source.name ?? past.source.engine} />
            </dd>
          </>
        )}
        {status.startedAt !== null && (
          <>
            <dt>Begun</dt>
            <dd>
              <Moment ms={status.startedAt} />
            </dd>
          </>
        )}
        {status.startedAt !== null && status.completedAt !== null && (
          <>
            <dt>Took</dt>
            <dd>{duration(status.completedAt - status.startedAt)}</dd>
          </>
        )}
        {status.version !== null && (
          <>
            <dt>Version</dt>
            <dd>{count(status.version)}</dd>
          </>
        )}
        {status.mode && (
          <>
            <dt>Mode</dt>
            <dd>{status.mode}</dd>
          </>
        )}
        {status.bytes !== null && (
          <>
            <dt>In the bucket</dt>
            <dd>{bytes(status.bytes)}</dd>
          </>
        )}
        {past?.results && (
          <>
            <dt>Rows</dt>
            <dd>
              <ChangesText changes={addUp(past.results)} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Commands({ visit, key, past }: Opened) {
  const url = ["--url", appAddress(visit)];
  const over =
    past !== null && (past.phase === "completed" || past.phase === "failed" || past.phase === "refused");
  return (
    <>
      <Command words={["status", key, ...url]} />
      {!over && <Command words={["sync", key, ...url]} note="plans, asks and applies" />}
    </>
  );
}
