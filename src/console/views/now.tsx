import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { addressOf, appAddress, type Rendered, type Visit } from "../visit.ts";
import { Timeline } from "./runs.tsx";

/** Runs shown before the timeline is asked for. */
const LAST = 5;

/** Where things stand. */
export async function now(visit: Visit): Promise<Rendered> {
  const { runs = [] } = await visit.call("history", { limit: LAST });
  return page(visit, {
    title: "Now",
    view: undefined,
    children: (
      <>
        <h1>Now</h1>
        <p class="lead">What this app's database holds, and what happened to it last.</p>
        <h2>Last runs</h2>
        {runs.length === 0 ? (
          <div class="card">
            <p>Nothing was synced into this database yet.</p>
            <Command words={["push", "--to", appAddress(visit)]} />
          </div>
        ) : (
          <Timeline runs={runs} />
        )}
        <p>
          <a href={addressOf({ view: "runs" })}>All runs</a>
        </p>
      </>
    ),
  });
}
