import type { Child } from "hono/jsx";
import type { Health } from "../../api/health.ts";
import { FREE_ROWS_WRITTEN_A_DAY } from "../../database/limits.ts";
import { bytes, count, plural } from "../../numbers.ts";
import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { type Level, LevelMark, StateMark, stateOf, wordOf } from "../parts/state.tsx";
import { Ago, Foreign } from "../parts/text.tsx";
import { addressOf, appAddress, type Rendered, type Visit } from "../visit.ts";
import { ABOUT_VERSIONS, hasVersion, NoRuns, nameIn, type PastRun, Timeline } from "./runs.tsx";

/** Runs shown before the timeline is asked for. */
const LAST = 5;

/** Where things stand. */
export async function now(visit: Visit): Promise<Rendered> {
  const health = await visit.call("health");
  // What cannot be asked is among the checks already.
  const runs = await visit.call("history", { limit: LAST }).then(
    ({ runs: told = [] }) => told,
    () => [],
  );
  const troubles = health.checks.filter(({ verdict }) => verdict !== "ok");
  return page(visit, {
    title: "Now",
    view: undefined,
    children: (
      <>
        <h1>Now</h1>
        <p class="lead">
          <Summary troubles={troubles} last={runs[0]} now={visit.now} />
        </p>
        <Open open={health.runs.open} now={visit.now} />
        <div class="grid">
          <Size health={health} />
          <Rows health={health} />
          <Today health={health} />
        </div>
        <h2>Last runs</h2>
        {runs.length === 0 ? (
          <NoRuns visit={visit} />
        ) : (
          <>
            <Timeline runs={runs} />
            <p>
              <a href={addressOf({ view: "runs" })}>All runs</a>
            </p>
            {runs.some(hasVersion) && <p class="small soft">{ABOUT_VERSIONS}</p>}
          </>
        )}
        <HealthList checks={health.checks} />
        <Tables tables={health.database.tables} />
        <Command words={["doctor", "--to", appAddress(visit)]} note="checks both ends" />
        <p class="small soft">
          d1-ferry {health.version} on {health.platform}
          {!health.platformNamed && " (assumed; set FERRY_PLATFORM to change it)"}.
        </p>
      </>
    ),
  });
}

type Check = Health["checks"][number];

function Summary({
  troubles,
  last,
  now,
}: {
  troubles: readonly Check[];
  last: PastRun | undefined;
  now: number;
}): Child {
  const ended = last === undefined || !["failed", "refused"].includes(stateOf(last));
  const well =
    troubles.length > 0
      ? `${plural(troubles.length, "thing needs", "things need")} a look, below.`
      : ended
        ? "All is well."
        : "";
  if (last === undefined) return well;
  const word = wordOf(last);
  return (
    <>
      {well} The last run, <StateMark state={stateOf(last)} {...(word === undefined ? {} : { word })} />, was
      by <Foreign text={nameIn(last.owner)} />, <Ago ms={last.startedAt} now={now} />.
    </>
  );
}

/** What is under way, or stands still. */
function Open({ open, now }: { open: Health["runs"]["open"]; now: number }) {
  if (open.length === 0) return null;
  return (
    <div class="alert">
      <p>
        <strong>{plural(open.length, "run is", "runs are")} not at the end</strong>
      </p>
      <ul>
        {open.map(({ key, phase, startedAt }) => (
          <li>
            <a href={addressOf({ run: key })}>{phase === "planned" ? "waits to be applied" : phase}</a>, begun{" "}
            <Ago ms={startedAt} now={now} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Size({ health: { database, platform } }: { health: Health }) {
  if (database.bytes === null) return null;
  return (
    <div class="card figure">
      <b>{bytes(database.bytes)}</b>
      <span>
        of {bytes(database.limitBytes)} that {platform} gives a database
      </span>
      <meter
        min={0}
        max={database.limitBytes}
        high={database.limitBytes * 0.8}
        value={Math.min(database.bytes, database.limitBytes)}
        aria-label="Room used"
      />
    </div>
  );
}

function Rows({ health: { database } }: { health: Health }) {
  const { tables } = database;
  const rows = tables.reduce((sum, one) => sum + (one.rows ?? 0), 0);
  const isMore = tables.some(({ more, rows }) => more || rows === null);
  return (
    <div class="card figure">
      <b>
        {count(rows)}
        {isMore && <span title="More were not counted"> +</span>}
      </b>
      <span>
        {isMore ? "rows at least" : "rows"} in {plural(tables.length, "table")}
      </span>
    </div>
  );
}

function Today({ health: { today } }: { health: Health }) {
  if (today === null) return null;
  const { rowsWritten, limit } = today;
  const share = Math.round((100 * rowsWritten) / FREE_ROWS_WRITTEN_A_DAY);
  return (
    <div class="card figure">
      <b>{count(rowsWritten)}</b>
      <span>
        rows written by runs today, indexes counted
        {limit === null
          ? share >= 1 && `: ${share} % of a day of D1's free plan`
          : ` of ${count(limit)} a day`}
      </span>
      {limit !== null && (
        <meter
          min={0}
          max={limit}
          high={limit * 0.8}
          value={Math.min(rowsWritten, limit)}
          aria-label="Share of the day's rows"
        />
      )}
    </div>
  );
}

const LEVELS: Readonly<Record<Check["verdict"], Level>> = { ok: "good", warning: "notice", problem: "bad" };

function HealthList({ checks }: { checks: readonly Check[] }) {
  const well = checks.every(({ verdict }) => verdict === "ok");
  return (
    <details class="card" open={!well}>
      <summary>
        Health: {well ? `${plural(checks.length, "check")}, all fine` : "look at what is marked"}
      </summary>
      <ul class="checks">
        {checks.map(({ check, verdict, found, advice }) => (
          <li>
            <LevelMark level={LEVELS[verdict]} />
            <div>
              <b>{check}</b> <Foreign text={found} />
              {advice.map((one) => (
                <p class="small soft">
                  <Foreign text={one} />
                </p>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Tables({ tables }: { tables: Health["database"]["tables"] }) {
  if (tables.length === 0) return null;
  const most = Math.max(1, ...tables.map(({ rows }) => rows ?? 0));
  return (
    <details class="card" open={tables.length <= 30}>
      <summary>{plural(tables.length, "table")}</summary>
      <section class="scroll" aria-label="Tables" tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col" class="number">
                Rows
              </th>
              <th scope="col" class="secondary">
                <span class="unseen">Share</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tables.map(({ table, rows, more }) => (
              <tr>
                <th scope="row">
                  <Foreign text={table} />
                </th>
                <td class="number">
                  {rows === null ? (
                    <span class="none">not counted</span>
                  ) : (
                    `${more ? "over " : ""}${count(rows)}`
                  )}
                </td>
                <td class="secondary">
                  <svg class="bar" viewBox="0 0 96 8" aria-hidden="true" focusable="false">
                    <rect
                      class="tilde"
                      width={(96 * Math.sqrt((rows ?? 0) / most)).toFixed(1)}
                      height="8"
                      rx="1"
                    />
                  </svg>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
