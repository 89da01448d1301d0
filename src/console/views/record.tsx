import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { bytes, count, duration, plural } from "../../numbers.ts";
import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { type State, StateMark } from "../parts/state.tsx";
import { Foreign, Moment, Name } from "../parts/text.tsx";
import { addressOf, appAddress, type Rendered, type Visit } from "../visit.ts";

type Entry = Answer<"log">["entries"][number];

/** Entries on a page. */
const PAGE = 50;

/** Pages that one can go back through, which the address holds. */
const LONGEST_TRAIL = 12;

/** Who did what, the newest first, as far back as there is any record. */
export async function record(visit: Visit): Promise<Rendered> {
  const cursor = visit.url.searchParams.get("cursor") ?? undefined;
  const asked = cursor === undefined ? {} : { cursor };
  const { entries, cursor: older } = await visit.call("log", { limit: PAGE, ...asked });
  return page(visit, {
    title: "Record",
    view: "runs",
    children: (
      <>
        <h1>Record</h1>
        <p class="lead">
          Who exported, brought in, read and removed what, and what was refused to whom. Nothing removes an
          entry.
        </p>
        {entries.length === 0 ? (
          <p class="card">
            {cursor === undefined ? "Nothing was done here yet." : "There is nothing older."}
          </p>
        ) : (
          <ul class="archives record">
            {entries.map((entry) => (
              <li>
                <Line entry={entry} />
              </li>
            ))}
          </ul>
        )}
        <Pages visit={visit} cursor={cursor} older={older} />
        <Command words={["log", "--url", appAddress(visit)]} />
      </>
    ),
  });
}

interface PagesProps {
  visit: Visit;
  cursor: string | undefined;
  older: string | undefined;
}

/** The API's cursors only go on: those of the pages before are in the address. */
function Pages({ visit, cursor, older }: PagesProps) {
  const trail = readTrail(visit.url.searchParams.get("trail"));
  const newer = trail.at(-1);
  const onward = JSON.stringify([...trail, cursor ?? ""].slice(-LONGEST_TRAIL));
  return (
    <nav class="pages" aria-label="Pages of the record">
      <span class="actions">
        {cursor !== undefined && <a href={addressOf({ view: "record" })}>Newest</a>}
        {cursor !== undefined && newer !== undefined && (
          <a
            href={addressOf({
              view: "record",
              cursor: newer === "" ? undefined : newer,
              trail: newer === "" ? undefined : JSON.stringify(trail.slice(0, -1)),
            })}
          >
            Newer
          </a>
        )}
      </span>
      {older !== undefined && <a href={addressOf({ view: "record", cursor: older, trail: onward })}>Older</a>}
    </nav>
  );
}

/** An address may hold anything. */
function readTrail(text: string | null): string[] {
  try {
    const read: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(read) ? read.filter((one) => typeof one === "string").slice(-LONGEST_TRAIL) : [];
  } catch {
    return [];
  }
}

const OUTCOMES: Readonly<Record<Entry["outcome"], State>> = {
  completed: "done",
  failed: "failed",
  refused: "refused",
};

/** What the calls that are written down do, in the past. */
const DID: Readonly<Record<string, string>> = {
  export: "exported",
  download: "downloaded",
  rows: "read rows of a plan",
  compare: "read rows of a comparison",
  diff: "read rows of a comparison",
  upload: "uploaded",
  complete: "uploaded",
  sync: "synced",
  undo: "undid",
  drop: "dropped",
  prune: "cleaned up",
};

function Line({ entry }: { entry: Entry }): Child {
  const { did, outcome, key, code } = entry;
  const what = outcome === "completed" ? DID[did] : undefined;
  return (
    <>
      <div class="small">
        <StateMark state={OUTCOMES[outcome]} />
      </div>
      <div>
        <Foreign text={entry.who} /> {what ?? <span class="soft">asked for {<Foreign text={did} />}</span>}
        {entry.mode !== null && <span class="soft">, {entry.mode}</span>}
        {entry.version !== null && <span class="soft">, version {count(entry.version)}</span>}
        <div class="small">
          {key !== null && (
            <a href={addressOf({ run: key })}>
              <Name text={key} />
            </a>
          )}
        </div>
        {code !== null && (
          <div class="small notice">
            <code>
              <Foreign text={code} />
            </code>{" "}
            <Foreign text={whyRefused(entry)} />
          </div>
        )}
      </div>
      <div class="small soft">{countsText(entry)}</div>
      <div class="small soft when">
        <Moment ms={entry.at} />
        <div>
          {entry.from !== null && (
            <>
              from <Foreign text={entry.from} />,{" "}
            </>
          )}
          {duration(entry.ms)}
        </div>
      </div>
    </>
  );
}

function whyRefused({ missing, policy }: Entry): string {
  if (missing !== undefined) return `lacks ${missing.join(", ")}`;
  return policy === undefined ? "" : `the app's policy: ${policy}`;
}

/** What is counted of an entry, what is none left out; such as "7 tables, + 700, 1.2 MB". */
function countsText({ counts }: Entry): string {
  const { tables, rows, inserted, updated, deleted, bytes: size, pruned } = counts;
  const some = (n: number | undefined): n is number => n !== undefined && n > 0;
  return [
    ...(some(tables) ? [plural(tables, "table")] : []),
    ...(some(rows) ? [plural(rows, "row")] : []),
    ...(some(inserted) ? [`+ ${count(inserted)}`] : []),
    ...(some(updated) ? [`~ ${count(updated)}`] : []),
    ...(some(deleted) ? [`− ${count(deleted)}`] : []),
    ...(some(size) ? [bytes(size)] : []),
    ...(some(pruned) ? [plural(pruned, "thing")] : []),
  ].join(", ");
}
