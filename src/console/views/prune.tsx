import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { FerryError } from "../../errors.ts";
import { age, bytes, plural } from "../../numbers.ts";
import { Command } from "../parts/command.tsx";
import { Foreign, Name } from "../parts/text.tsx";
import { Working } from "../parts/working.tsx";
import { addressOf, appAddress, type Visit } from "../visit.ts";
import { KINDS as ARCHIVE_KINDS } from "./archives.tsx";

/** Days for which nobody may have worked on what is removed. */
const AGES = [7, 30, 90] as const;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Asks for what is abandoned; nothing is removed yet. */
export function PruneChoice() {
  return (
    <section aria-labelledby="prune">
      <h2 id="prune">Clean up</h2>
      <p>
        Archives, uploads and staged rows that nobody has worked on for some time. You see first what that
        would be.
      </p>
      <AgeForm chosen={7} />
    </section>
  );
}

function AgeForm({ chosen, children }: { chosen: number; children?: Child }) {
  return (
    <form class="actions" method="get" action={addressOf()}>
      <input type="hidden" name="view" value="out" />
      <label class="select">
        <span class="unseen">Not used for</span>
        <select name="prune">
          {AGES.map((days) => (
            <option value={String(days)} selected={days === chosen}>
              not used for {days} days
            </option>
          ))}
        </select>
      </label>
      <button class="quiet" type="submit">
        Show what would go
      </button>
      {children}
    </form>
  );
}

/** What would be removed, and the button that removes it. */
export async function PrunePreview({ visit, days: text }: { visit: Visit; days: string }): Promise<Child> {
  const days = daysIn(text);
  const olderThanMs = days * DAY_MS;
  const { pruned, more } = await visit.call("prune", { olderThanMs, dryRun: true });
  return (
    <>
      <h1>Clean up</h1>
      <p class="lead">
        What nobody has worked on for {days} days. What syncs are undone from stays for 30 days in any case.
      </p>
      {pruned.length === 0 ? (
        <p class="alert good">There is nothing to remove.</p>
      ) : (
        <Abandoned pruned={pruned} more={more} olderThanMs={olderThanMs} />
      )}
      <AgeForm chosen={days}>
        <a class="button quiet" href={addressOf({ view: "out" })}>
          Back to the archives
        </a>
      </AgeForm>
      <Command words={["prune", "--older-than", `${days}d`, "--url", appAddress(visit)]} />
    </>
  );
}

function daysIn(text: string): number {
  const days = AGES.find((one) => String(one) === text);
  if (days !== undefined) return days;
  throw new FerryError(
    "INVALID_REQUEST",
    `The page cleans up by ${AGES.join(", ")} days; nothing was removed`,
    {
      hint: "The command takes any other span: d1-ferry prune --older-than 12h.",
      details: { field: "prune" },
    },
  );
}

type Pruned = Answer<"prune">["pruned"];

const KINDS: Readonly<Record<Pruned[number]["kind"], string>> = {
  ...ARCHIVE_KINDS,
  upload: "Unfinished upload",
  run: "Staged rows, or an old record",
};

function Abandoned({ pruned, more, olderThanMs }: { pruned: Pruned; more: boolean; olderThanMs: number }) {
  const size = pruned.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <>
      <ul class="archives three">
        {pruned.map((one) => (
          <li>
            <div>
              <a href={addressOf({ run: one.key })}>{KINDS[one.kind]}</a>
              <div class="small">
                <Name text={one.key} />
              </div>
            </div>
            <div class="small">
              {bytes(one.bytes)} <span class="soft">·</span> {age(one.ageMs)}
            </div>
            <div class="small soft">
              <Foreign text={one.reason} />
            </div>
          </li>
        ))}
      </ul>
      {more && (
        <p class="small soft">There may be more than one request can look at: it goes on by itself.</p>
      )}
      <form method="post" action={addressOf({ do: "prune" })} data-drive>
        <input type="hidden" name="olderThanMs" value={String(olderThanMs)} />
        <div class="actions">
          <button class="danger" type="submit">
            Remove {plural(pruned.length, "thing")}, {bytes(size)}
          </button>
          <span class="small soft">Tables and history stay as they are.</span>
        </div>
        <Working />
      </form>
    </>
  );
}

/** The preview of a cleaning that is done: it says what is left. */
export function previewAddress(olderThanMs: number): string {
  return addressOf({ view: "out", prune: String(Math.round(olderThanMs / DAY_MS)) });
}
