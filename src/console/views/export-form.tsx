import type { Child } from "hono/jsx";
import type { Answer } from "../../api/routes.ts";
import { newKey } from "../../bucket/keys.ts";
import { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import { Command } from "../parts/command.tsx";
import { Name } from "../parts/text.tsx";
import { Working } from "../parts/working.tsx";
import { addressOf, appAddress, type Visit } from "../visit.ts";
import { ProblemText } from "./problem.tsx";

/** What an export would take, and what stays behind unless it is asked for. */
interface Choice {
  usual: readonly Table[];
  leftOut: readonly Table[];
}

type Table = NonNullable<Answer<"compare">["description"]>["tables"][number];

/** The form of a new export. Sent twice, it goes on with the same one. */
export async function ExportForm({ visit }: { visit: Visit }): Promise<Child> {
  let choice: Choice;
  try {
    choice = await readChoice(visit);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    const { message, code, hint } = error;
    return <ProblemText problem={{ error: message, code, hint }} />;
  }
  const { usual, leftOut } = choice;
  if (usual.length + leftOut.length === 0)
    return <p class="card">There is no table here that you may export.</p>;
  return (
    <section aria-labelledby="export">
      <h2 id="export">Export</h2>
      <form class="stack wide card" method="post" action={addressOf({ do: "export" })} data-drive>
        <input type="hidden" name="newKey" value={newKey("export", visit.now)} />
        <fieldset>
          <legend>Which tables</legend>
          <Scope
            value="usual"
            title={`The app's ${plural(usual.length, "table")}`}
            text={leftOut.length === 0 ? "All that there are." : "Without logins, tokens and bookkeeping."}
            checked
          />
          {leftOut.length > 0 && (
            <Scope
              value="all"
              title="Everything, also logins and tokens"
              text="Whoever has the archive may then be able to log in as others."
            />
          )}
          <Scope value="chosen" title="Only some" text="Choose them below." />
        </fieldset>
        <Boxes title="Tables" tables={usual} />
        <Boxes title="Left out unless you choose them" tables={leftOut} />
        <div class="actions">
          <button type="submit">Export</button>
          <span class="small soft">Changes no table.</span>
        </div>
        <Working />
      </form>
      {leftOut.length > 0 && (
        <p class="small soft">
          Left out by default:{" "}
          {leftOut.map(({ name }, i) => (
            <>
              {i > 0 && ", "}
              <Name text={name} />
            </>
          ))}
        </p>
      )}
      <Command words={["export", appAddress(visit), "-o", "backup.json.gz"]} />
    </section>
  );
}

async function readChoice(visit: Visit): Promise<Choice> {
  const usual = (await visit.call("compare")).description?.tables ?? [];
  const all = (await visit.call("compare", { all: true })).description?.tables ?? [];
  const names = new Set(usual.map(({ name }) => name));
  return { usual, leftOut: all.filter(({ name }) => !names.has(name)) };
}

function Scope({
  value,
  title,
  text,
  checked = false,
}: {
  value: string;
  title: string;
  text: string;
  checked?: boolean;
}) {
  return (
    <label class="choice">
      <input type="radio" name="scope" value={value} checked={checked} />
      <span>
        {title}
        <small>{text}</small>
      </span>
    </label>
  );
}

/** There while "Only some" is chosen. */
function Boxes({ title, tables }: { title: string; tables: readonly Table[] }): Child {
  if (tables.length === 0) return null;
  return (
    <fieldset class="chosen">
      <legend>{title}</legend>
      <div class="boxes">
        {tables.map(({ name, hasRows }) => (
          <label class="choice">
            <input type="checkbox" name="tables" value={name} />
            <span>
              <Name text={name} />
              {!hasRows && <span class="soft small"> empty</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
