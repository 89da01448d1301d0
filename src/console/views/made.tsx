import type { Child } from "hono/jsx";
import { bytes, count, plural } from "../../numbers.ts";
import { Foreign, Moment, Name } from "../parts/text.tsx";
import { Working } from "../parts/working.tsx";
import { addressOf, allows, routeBeside, type Visit } from "../visit.ts";

/** An export that was just made, or that is half made. */
export async function Made({ visit, exportKey }: { visit: Visit; exportKey: string }): Promise<Child> {
  const { status } = await visit.call("status", { exportKey });
  if (status.status === "exporting") return <HalfMade exportKey={exportKey} status={status} />;
  const { totalTables, totalRecords } = status.progress;
  return (
    <section class="alert good" aria-labelledby="made">
      <h2 id="made">The export is made</h2>
      <p>
        {totalTables !== null && `${plural(totalTables, "table")}, `}
        {totalRecords !== null && `${plural(totalRecords, "row")}, `}
        {bytes(status.bytes ?? 0)}: <Name text={exportKey} />
      </p>
      {status.moment?.is === "one" && (
        <p class="small soft">
          All of it is as it was on <Moment ms={status.moment.to} />.
        </p>
      )}
      {status.notes.map((note) => (
        <p class="notice">
          It is <Foreign text={note} />
        </p>
      ))}
      {allows(visit, "read") && (
        <div class="actions">
          <a class="button" href={downloadOf(visit, exportKey, "archive")} download>
            Download the archive
          </a>
          <a class="button quiet" href={downloadOf(visit, exportKey)} download>
            As plain JSON
          </a>
        </div>
      )}
    </section>
  );
}

function HalfMade({
  exportKey,
  status: { progress },
}: {
  exportKey: string;
  status: { progress: { recordsProcessed: number; tablesProcessed: number; totalTables: number | null } };
}) {
  return (
    <section class="alert" aria-labelledby="made">
      <h2 id="made">The export goes on</h2>
      <p role="status">
        {plural(progress.recordsProcessed, "row")} so far, {count(progress.tablesProcessed)} of{" "}
        {plural(progress.totalTables ?? 0, "table")} done.
      </p>
      <form method="post" action={addressOf({ do: "export" })} data-drive>
        <input type="hidden" name="newKey" value={exportKey} />
        <div class="actions">
          <button type="submit">Go on</button>
        </div>
        <Working />
      </form>
    </section>
  );
}

/** Where a document is downloaded, beside the page; as plain JSON unless as it is stored. */
export function downloadOf(visit: Pick<Visit, "url">, key: string, format?: "archive"): string {
  const query = { operation: "download", exportKey: key, ...(format === undefined ? {} : { format }) };
  return `${routeBeside(visit, "r2-sync")}?${new URLSearchParams(query)}`;
}
