import type { Child } from "hono/jsx";
import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { allows, appAddress, type Rendered, type Visit } from "../visit.ts";
import { Archives } from "./archives.tsx";
import { DropPage } from "./drop.tsx";
import { ExportForm } from "./export-form.tsx";
import { Made } from "./made.tsx";
import { PruneChoice, PrunePreview } from "./prune.tsx";

/** Exports, what the bucket holds, and what can be removed of it. */
export async function takeOut(visit: Visit): Promise<Rendered> {
  const { searchParams } = visit.url;
  const drop = searchParams.get("drop");
  if (drop !== null) return inRoom(visit, "Drop", await DropPage({ visit, syncKey: drop }));
  const days = searchParams.get("prune");
  if (days !== null) return inRoom(visit, "Clean up", await PrunePreview({ visit, days }));
  const made = searchParams.get("made");
  const isFirst = !searchParams.has("cursor");
  return inRoom(
    visit,
    "Take data out",
    <>
      <h1>Take data out</h1>
      <p class="lead">Export the database, or some of its tables, and download the archive.</p>
      {made !== null && (await Made({ visit, exportKey: made }))}
      {isFirst && (allows(visit, "read") ? await ExportForm({ visit }) : <MayNotRead />)}
      <h2 id="archives">Archives</h2>
      {await Archives({ visit })}
      <Command words={["list", "--url", appAddress(visit)]} />
      {allows(visit, "manage") && <PruneChoice />}
    </>,
  );
}

function inRoom(visit: Visit, title: string, children: Child): Rendered {
  return page(visit, { title, view: "out", children });
}

function MayNotRead() {
  return (
    <div class="alert">
      <p>
        To export or download rows, a grant has to allow <b>read</b>; yours does not. What you brought in
        yourself is below.
      </p>
    </div>
  );
}
