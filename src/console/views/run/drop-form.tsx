import { isUndoKey } from "../../../bucket/keys.ts";
import { addressOf, allows, type Visit } from "../../visit.ts";

export function DropForm({ visit, syncKey, label }: { visit: Visit; syncKey: string; label: string }) {
  if (!allows(visit, "plan")) return null;
  return (
    <form method="post" action={addressOf({ do: "drop" })} data-drive>
      <input type="hidden" name="key" value={syncKey} />
      <div class="actions">
        <button class="quiet" type="submit">
          {label}
        </button>
        <span class="small soft">
          {isUndoKey(syncKey)
            ? "Forgets this plan. The sync can still be undone."
            : "Removes the archive and what was staged. The tables stay as they are."}
        </span>
      </div>
    </form>
  );
}
