import type { Child } from "hono/jsx";
import { HISTORY_LIMIT } from "../../api/requests.ts";
import type { Answer } from "../../api/routes.ts";
import { moment, plural } from "../../numbers.ts";
import { page } from "../page.tsx";
import { addUp, ChangesBar, ChangesText } from "../parts/changes.tsx";
import { Command } from "../parts/command.tsx";
import { StateMark, stateOf, wordOf } from "../parts/state.tsx";
import { Foreign, isoOf, visible } from "../parts/text.tsx";
import { addressOf, allows, appAddress, type Rendered, type Visit } from "../visit.ts";

/** What the number is, where the first of them is seen. */
export const ABOUT_VERSIONS =
  "A version is the number under which a sync is kept in the history; each takes the next one.";

export const hasVersion = ({ version }: PastRun): boolean => version !== null;

export type PastRun = NonNullable<Answer<"history">["runs"]>[number];

/** The timeline: a line a run, the newest first. */
export async function runs(visit: Visit): Promise<Rendered> {
  const { searchParams } = visit.url;
  const [table = "", by = ""] = [searchParams.get("table") ?? "", searchParams.get("by") ?? ""];
  const before = searchParams.get("before");
  const { runs: all = [] } = await visit.call("history", before === null ? {} : { before });
  const filtered = { view: "runs", table: table || undefined, by: by || undefined };
  const shown = all.filter((one) => isOf(one, table) && (by === "" || one.owner === by));
  return page(visit, {
    title: "Runs",
    view: "runs",
    children: (
      <>
        <h1>Runs</h1>
        <p class="lead">
          {allows(visit, "manage")
            ? "Every sync into this database and every undo, the newest first."
            : "The syncs and undos that you began, the newest first."}
          {all.some(hasVersion) && ` ${ABOUT_VERSIONS}`}
        </p>
        {all.length === 0 ? (
          before === null ? (
            <NoRuns visit={visit} />
          ) : (
            <p class="card">
              No run is older. <a href={addressOf({ view: "runs" })}>The newest runs</a>
            </p>
          )
        ) : (
          <>
            <Filter all={all} chosen={{ table, by, before }} />
            {shown.length === 0 ? (
              <p class="card">No run fits. The filter is above.</p>
            ) : (
              <Timeline runs={shown} />
            )}
            {(before !== null || all.length >= HISTORY_LIMIT) && (
              <p class="actions">
                {before !== null && <a href={addressOf(filtered)}>The newest runs</a>}
                {all.length >= HISTORY_LIMIT && (
                  <a href={addressOf({ ...filtered, before: all.at(-1)?.key })}>Older runs</a>
                )}
              </p>
            )}
          </>
        )}
        {allows(visit, "manage") && (
          <p>
            <a href={addressOf({ view: "record" })}>The record: who did what, back to the first</a>
          </p>
        )}
        <Command words={["history", "--url", appAddress(visit)]} />
      </>
    ),
  });
}

function isOf({ results }: PastRun, table: string): boolean {
  if (table === "") return true;
  const one = results?.[table];
  return one !== undefined && one.inserted + one.updated + one.deleted > 0;
}

export function NoRuns({ visit }: { visit: Visit }) {
  if (!allows(visit, "manage")) {
    return (
      <div class="card">
        <p>
          <strong>No run is yours.</strong> To see those of others, a grant has to allow <b>manage</b>.
        </p>
      </div>
    );
  }
  return (
    <div class="card">
      <p>
        <strong>Nothing was synced into this database yet.</strong>
      </p>
      <p>
        <a href={addressOf({ view: "in" })}>Bring data in</a> from a file, or push from your machine:
      </p>
      <Command words={["push", "--to", appAddress(visit)]} />
    </div>
  );
}

interface Chosen {
  table: string;
  by: string;
  before: string | null;
}

function Filter({ all, chosen }: { all: readonly PastRun[]; chosen: Chosen }) {
  const tables = [...new Set(all.flatMap(({ results }) => Object.keys(results ?? {})))].sort();
  const people = [...new Set(all.flatMap(({ owner }) => owner ?? []))].sort();
  return (
    <form class="actions" method="get" action={addressOf()}>
      <input type="hidden" name="view" value="runs" />
      {chosen.before !== null && <input type="hidden" name="before" value={chosen.before} />}
      <Select name="table" label="Table" none="All tables" values={tables} chosen={chosen.table} />
      <Select name="by" label="Who" none="Everybody" values={people} chosen={chosen.by} shown={nameIn} />
      <button class="quiet" type="submit">
        Filter
      </button>
    </form>
  );
}

interface SelectProps {
  name: string;
  label: string;
  none: string;
  values: readonly string[];
  chosen: string;
  /** @default as it is */
  shown?: (value: string) => string;
}

function Select({ name, label, none, values, chosen, shown = (value) => value }: SelectProps) {
  return (
    <label class="select">
      <span class="unseen">{label}</span>
      <select name={name}>
        <option value="">{none}</option>
        {values.map((value) => (
          <option value={value} selected={value === chosen}>
            {visible(shown(value))}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A list a day. */
export function Timeline({ runs }: { runs: readonly PastRun[] }): Child {
  const most = Math.max(...runs.map((one) => total(one)));
  const days = Map.groupBy(runs, ({ startedAt }) => moment(startedAt).slice(0, 10));
  return [...days].map(([day, theirs]) => (
    <>
      <h2 class="day">{dayInWords(day)}</h2>
      <ul class="runs">
        {theirs.map((one) => (
          <li>
            <Line run={one} most={most} />
          </li>
        ))}
      </ul>
    </>
  ));
}

const inWords = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

/** Such as "Monday 30 November 2026" of "2026-11-30"; what is no date, as it is. */
function dayInWords(day: string): string {
  const date = new Date(day);
  return Number.isNaN(date.getTime()) ? day : inWords.format(date);
}

function total({ results }: PastRun): number {
  const { inserted, updated, deleted } = addUp(results);
  return inserted + updated + deleted;
}

function Line({ run, most }: { run: PastRun; most: number }) {
  const changes = addUp(run.results);
  const word = wordOf(run);
  return (
    <a href={addressOf({ run: run.key })}>
      <StateMark state={stateOf(run)} {...(word === undefined ? {} : { word })} />
      <span class="what">
        {whatOf(run)} <span class="soft">by</span> <Foreign text={nameIn(run.owner)} />
        {run.undoes === null && run.source?.name && (
          <span class="soft">
            {" "}
            from <Foreign text={run.source.name} />
          </span>
        )}
      </span>
      <ChangesBar changes={changes} most={most} />
      {run.results === null ? <span class="none">–</span> : <ChangesText changes={changes} />}
      <time class="when" datetime={isoOf(run.startedAt)} data-time={moment(run.startedAt).slice(0, 10)}>
        {moment(run.startedAt).slice(11, 16)} UTC
      </time>
    </a>
  );
}

/** Such as "ada" of "app:ada". */
export function nameIn(owner: string | null): string {
  return owner?.replace(/^(token|app):/, "") ?? "somebody";
}

/** Such as "merge of 7 tables, version 3". */
export function whatOf({ mode, version, results, undoes }: PastRun): string {
  if (undoes !== null) return "undo";
  const tables = Object.keys(results ?? {}).length;
  return `${mode}${tables === 0 ? "" : ` of ${plural(tables, "table")}`}${version === null ? "" : `, version ${version}`}`;
}
