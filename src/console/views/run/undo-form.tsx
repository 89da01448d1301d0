import { plural } from "../../../numbers.ts";
import { Command } from "../../parts/command.tsx";
import { Working } from "../../parts/working.tsx";
import { addressOf, appAddress, type Visit } from "../../visit.ts";

interface UndoProps {
  visit: Visit;
  syncKey: string;
  kept: readonly { rows: number; bytes: number }[];
}

export function UndoForm({ visit, syncKey, kept }: UndoProps) {
  const rows = kept.reduce((sum, one) => sum + one.rows, 0);
  return (
    <section class="card" aria-labelledby="undo">
      <h2 id="undo">See its rows, or undo it</h2>
      <p>
        {plural(rows, "row")} can be put back as they were. The plan of the undo shows them: what the run
        wrote beside what was there. It changes nothing until you apply it. Rows that somebody has changed
        since are left alone.
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
