import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { bytes, count, duration, plural } from "../../numbers.ts";
import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { type State, StateMark } from "../parts/state.tsx";
import { Foreign, Moment, Name } from "../parts/text.tsx";
import { addressOf, appAddress, type Rendered, type Visit } from "../visit.ts";

type Entry = Answer<"log">["entries"][number];

/** Entries on a page, at the least where there are so many: the rest of what one list answered is on it, too. */
const PAGE = 50;

/** Milliseconds below which nobody asks how long it took. */
const BRIEF = 50;

/** Lists that one look at the record takes, to find what is to be shown among what is not. */
const LISTS = 10;

/** Pages that one can go back through, which the address holds. */
const LONGEST_TRAIL = 12;

/** Who did what, the newest first, as far back as there is any record. */
export async function record(visit: Visit): Promise<Rendered> {
  const cursor = visit.url.searchParams.get("cursor") ?? undefined;
  const shows = visit.url.searchParams.get("shows") === "all" ? "all" : "changes";
  const { entries, older } = await readEntries(visit, { cursor, shows });
  return page(visit, {
    title: "Record",
    view: "runs",
    children: (
      <>
        <h1>Record</h1>
        <p class="lead">Who did what, back to the first day. Nothing removes an entry.</p>
        <nav class="choices" aria-label="What is shown">
          <Choice shows="changes" chosen={shows} text="Changes and refusals" />
          <Choice shows="all" chosen={shows} text="Reads, too" />
        </nav>
        {entries.length === 0 ? (
          <p class="card">{emptyText(shows, { cursor, older })}</p>
        ) : (
          <ul class="archives record">
            {entries.map((entry) => (
              <li>
                <Line entry={entry} />
              </li>
            ))}
          </ul>
        )}
        <Pages visit={visit} shows={shows} cursor={cursor} older={older} />
        <Command words={["log", "--url", appAddress(visit)]} />
      </>
    ),
  });
}

/** "changes": without what only read rows, unless it was refused or failed. */
type Shows = "changes" | "all";

/** Calls that hand out rows, and change nothing. */
const READS: ReadonlySet<string> = new Set(["download", "rows", "compare", "diff"]);

function isShown({ did, outcome }: Entry, shows: Shows): boolean {
  return shows === "all" || outcome !== "completed" || !READS.has(did);
}

interface Asked {
  cursor: string | undefined;
  shows: Shows;
}

/** A page of what is to be shown, and where the next one begins. */
async function readEntries(
  visit: Visit,
  { cursor, shows }: Asked,
): Promise<{ entries: Entry[]; older: string | undefined }> {
  const entries: Entry[] = [];
  let older = cursor;
  for (let lists = 0; lists < LISTS && entries.length < PAGE; lists++) {
    const page = await visit.call("log", { limit: PAGE, ...(older === undefined ? {} : { cursor: older }) });
    entries.push(...page.entries.filter((entry) => isShown(entry, shows)));
    older = page.cursor;
    if (older === undefined) break;
  }
  return { entries, older };
}

function emptyText(
  shows: Shows,
  { cursor, older }: { cursor?: string | undefined; older?: string | undefined },
) {
  if (older !== undefined) return "Only reads so far: further back there may be more.";
  if (cursor !== undefined) return "There is nothing older.";
  return shows === "all" ? "Nothing was done here yet." : "Nothing was changed and nothing refused here yet.";
}

interface ChoiceProps {
  shows: Shows;
  chosen: Shows;
  text: string;
}

function Choice({ shows, chosen, text }: ChoiceProps): Child {
  return (
    <a href={viewOf(shows)} {...(shows === chosen ? { "aria-current": "true" } : {})}>
      {text}
    </a>
  );
}

function viewOf(
  shows: Shows,
  place: { cursor?: string | undefined; trail?: string | undefined } = {},
): string {
  return addressOf({ view: "record", shows: shows === "all" ? shows : undefined, ...place });
}

interface PagesProps {
  visit: Visit;
  shows: Shows;
  cursor: string | undefined;
  older: string | undefined;
}

/** The API's cursors only go on: those of the pages before are in the address. */
function Pages({ visit, shows, cursor, older }: PagesProps) {
  const trail = readTrail(visit.url.searchParams.get("trail"));
  const newer = trail.at(-1);
  const onward = JSON.stringify([...trail, cursor ?? ""].slice(-LONGEST_TRAIL));
  return (
    <nav class="pages" aria-label="Pages of the record">
      <span class="actions">
        {cursor !== undefined && <a href={viewOf(shows)}>Newest</a>}
        {cursor !== undefined && newer !== undefined && (
          <a
            href={viewOf(shows, {
              cursor: newer === "" ? undefined : newer,
              trail: newer === "" ? undefined : JSON.stringify(trail.slice(0, -1)),
            })}
          >
            Newer
          </a>
        )}
      </span>
      {older !== undefined && <a href={viewOf(shows, { cursor: older, trail: onward })}>Older</a>}
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
              from <Foreign text={entry.from} />
              {entry.ms >= BRIEF && ", "}
            </>
          )}
          {entry.ms >= BRIEF && duration(entry.ms)}
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
