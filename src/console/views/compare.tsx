import type { Child } from "hono/jsx";
import { LIST_LIMIT } from "../../api/requests.ts";
import { FerryError } from "../../errors.ts";
import { bytes, moment, plural } from "../../numbers.ts";
import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { visible } from "../parts/text.tsx";
import { addressOf, appAddress, type Rendered, type Visit } from "../visit.ts";
import { KINDS, type ListedArchive, newestFirst } from "./archives.tsx";
import { type Chosen, DATABASE, Outcome } from "./difference.tsx";
import { ProblemText } from "./problem.tsx";

/** Two archives, or one and the database: how they differ. */
export async function compare(visit: Visit): Promise<Rendered> {
  const { searchParams } = visit.url;
  const [left, right] = [searchParams.get("left"), searchParams.get("right")];
  const all = searchParams.has("all") ? { all: "on" as const } : {};
  const chosen: Chosen | null = left === null || right === null ? null : { left, right, ...all };
  const { objects } = await visit.call("list", { limit: LIST_LIMIT.max });
  const isOffered = ({ format }: ListedArchive) => format !== "document" && format !== "part";
  const archives = newestFirst(objects.filter((one) => one.kind !== "undo" && isOffered(one)));
  const others = objects.filter((one) => one.kind !== "undo" && !isOffered(one)).length;
  return page(visit, {
    title: "Compare",
    view: "compare",
    children: (
      <>
        <h1>Compare</h1>
        <p class="lead">Two archives, or one with the database as it is. Nothing is written anywhere.</p>
        {archives.length === 0 ? (
          <NothingThere visit={visit} />
        ) : (
          <ChoiceForm archives={archives} chosen={chosen} />
        )}
        {others > 0 && <NotOffered others={others} />}
        {chosen !== null && (await outcomeOf(visit, chosen))}
      </>
    ),
  });
}

/** What cannot be compared leaves the choice as it is. */
async function outcomeOf(visit: Visit, chosen: Chosen): Promise<Child> {
  try {
    return await Outcome({ visit, chosen });
  } catch (error) {
    if (!(error instanceof FerryError) || error.code === "FORBIDDEN") throw error;
    const { code, message } = error;
    const hint =
      code === "UNSUPPORTED" || code === "DOCUMENT_INVALID"
        ? "Choose archives of all rows, as exports are. What another upload would change is told by its plan: Bring data in."
        : error.hint;
    return <ProblemText problem={{ error: message, code, hint }} />;
  }
}

/** A document says no order of its rows by which two could be compared; a part does not say which rows are not there. */
function NotOffered({ others }: { others: number }) {
  return (
    <p class="small soft">
      {plural(others, "upload is", "uploads are")} not offered: JSON documents, and archives of changes alone,
      cannot be compared. What they would change is told by their plan:{" "}
      <a href={addressOf({ view: "in" })}>Bring data in</a>.
    </p>
  );
}

function NothingThere({ visit }: { visit: Visit }) {
  return (
    <div class="card">
      <p>
        <strong>There is no archive to compare yet.</strong>
      </p>
      <p>
        <a href={addressOf({ view: "out" })}>Export the database</a> or{" "}
        <a href={addressOf({ view: "in" })}>bring one in</a>. Two places that are no archives are compared by
        the command:
      </p>
      <Command words={["diff", "local", appAddress(visit)]} />
    </div>
  );
}

interface ChoiceProps {
  archives: readonly ListedArchive[];
  chosen: Chosen | null;
}

function ChoiceForm({ archives, chosen }: ChoiceProps) {
  const first = archives.find(({ format }) => format === "archive") ?? archives[0];
  const { left, right } = chosen ?? { left: first?.key ?? DATABASE, right: DATABASE };
  return (
    <form class="card pair" method="get" action={addressOf()}>
      <input type="hidden" name="view" value="compare" />
      <SideSelect name="left" title="First" archives={archives} chosen={left} />
      <SideSelect name="right" title="Second" archives={archives} chosen={right} />
      <label class="choice whole">
        <input type="checkbox" name="all" checked={chosen?.all !== undefined} />
        <span>Compare logins, tokens and bookkeeping, too</span>
      </label>
      <div class="actions whole">
        <button type="submit">Compare</button>
        {chosen !== null && (
          <a class="button quiet" href={addressOf({ view: "compare", ...chosen, left: right, right: left })}>
            Swap sides
          </a>
        )}
      </div>
    </form>
  );
}

interface SideSelectProps {
  name: string;
  title: string;
  archives: readonly ListedArchive[];
  chosen: string;
}

function SideSelect({ name, title, archives, chosen }: SideSelectProps) {
  const isListed = chosen === DATABASE || archives.some(({ key }) => key === chosen);
  return (
    <label>
      <span class="title">{title}</span>
      <select name={name}>
        <option value={DATABASE} selected={chosen === DATABASE}>
          The database as it is
        </option>
        {!isListed && (
          <option value={chosen} selected>
            {chosen}
          </option>
        )}
        {archives.map((one) => (
          <option value={one.key} selected={one.key === chosen}>
            {optionOf(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Such as "posts.json.gz of 2026-11-30 07:12 UTC, 1.2 MB, k3v9x0a7b2qd". */
function optionOf({ key, kind, name = null, uploadedAt, bytes: size }: ListedArchive): string {
  return `${visible(name ?? KINDS[kind])} of ${moment(uploadedAt)}, ${bytes(size)}, ${key.slice(-12)}`;
}
