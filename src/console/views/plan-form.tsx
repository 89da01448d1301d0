import type { Child } from "hono/jsx";
import { Working } from "../parts/working.tsx";
import { addressOf, allows, type Visit } from "../visit.ts";

interface PlanFormProps {
  visit: Visit;
  syncKey: string;
  /** What it was planned with before. */
  mode?: string | null;
  /** It is completed, and would be applied another time. @default false */
  again?: boolean;
}

/** How an archive is to be brought in. Planning changes no table. */
export function PlanForm({ visit, syncKey, mode, again = false }: PlanFormProps) {
  const chosen = mode ?? "merge";
  return (
    <form class="stack card" method="post" action={addressOf({ do: "plan" })} data-drive>
      <input type="hidden" name="key" value={syncKey} />
      <fieldset>
        <legend>What to do with rows</legend>
        <Choice
          name="mode"
          value="merge"
          chosen={chosen}
          title="Merge"
          text="Insert what is missing, update what differs, delete nothing."
        />
        <Choice
          name="mode"
          value="insert"
          chosen={chosen}
          title="Insert"
          text="Only add what is missing. Rows that are there stay as they are."
        />
        {allows(visit, "delete") && (
          <Choice
            name="mode"
            value="mirror"
            chosen={chosen}
            title="Mirror"
            text="Make the tables equal to the archive: rows that it lacks are deleted."
          />
        )}
      </fieldset>
      <details>
        <summary>More choices</summary>
        <div class="stack">
          <Select
            name="onConflict"
            title="If a unique value is already taken"
            options={{
              fail: "Stop",
              skip: "Leave the incoming row out",
              replace: "Replace the row that has it",
            }}
          />
          {allows(visit, "create") && (
            <Select
              name="create"
              title="If a table is missing"
              options={{
                "": "Stop",
                tables: "Make them, with their indexes",
                all: "Make them, with triggers and views",
              }}
            />
          )}
          <Select
            name="keyless"
            title="Tables without a primary key"
            options={{
              refuse: "Stop where rows would be replaced",
              append: "Append those that are not there",
            }}
          />
          <label class="choice">
            <input type="checkbox" name="newVersion" checked />
            <span>
              Record it under the next version
              <small>Else under the archive's own, which is refused where the history has it.</small>
            </span>
          </label>
          <label class="choice">
            <input type="checkbox" name="force" checked={again} />
            <span>Also if it was synced before</span>
          </label>
        </div>
      </details>
      <div class="actions">
        <button type="submit">Show the plan</button>
        <span class="small soft">Changes no table.</span>
      </div>
      <Working />
    </form>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  chosen: string;
  title: string;
  text: string;
}

function Choice({ name, value, chosen, title, text }: ChoiceProps): Child {
  return (
    <label class="choice">
      <input type="radio" name={name} value={value} checked={value === chosen} />
      <span>
        {title}
        <small>{text}</small>
      </span>
    </label>
  );
}

function Select({
  name,
  title,
  options,
}: {
  name: string;
  title: string;
  options: Readonly<Record<string, string>>;
}) {
  return (
    <label>
      <span class="title">{title}</span>
      <select name={name}>
        {Object.entries(options).map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}
