import { LIST_LIMIT } from "../../api/requests.ts";
import { bytes } from "../../numbers.ts";
import { page } from "../page.tsx";
import { Command } from "../parts/command.tsx";
import { Ago, Foreign, Name } from "../parts/text.tsx";
import { Working } from "../parts/working.tsx";
import { addressOf, allows, appAddress, type Rendered, routeBeside, type Visit } from "../visit.ts";
import { KINDS, type ListedArchive, newestFirst } from "./archives.tsx";

/** A file becomes an object in the bucket here; what is to be done with it is asked on the object's own page. */
export async function bringIn(visit: Visit): Promise<Rendered> {
  const may = allows(visit, "plan");
  const { waiting, isWhole } = await listWaiting(visit);
  return page(visit, {
    title: "Bring data in",
    view: "in",
    children: (
      <>
        <h1>Bring data in</h1>
        <p class="lead">An archive or a JSON document. You see first what it would change.</p>
        {may ? (
          <Upload visit={visit} />
        ) : (
          <div class="alert">
            <p>
              To bring a file, a grant has to allow plan; yours does not. Somebody who may can upload it, and
              the plan can be seen by its address.
            </p>
          </div>
        )}
        <h2>In the bucket, not synced</h2>
        {waiting.length === 0 ? (
          <p class="card soft">
            Nothing waits here. What is uploaded, and what is exported from this database, is listed until it
            is synced or dropped.
          </p>
        ) : (
          <Waiting now={visit.now} objects={waiting} />
        )}
        {!isWhole && (
          <p class="soft small">The bucket holds more than is listed here; the command lists all of it.</p>
        )}
        <section class="terminal" aria-labelledby="terminal">
          <h2 id="terminal">In a terminal</h2>
          <Command words={["push", "--to", appAddress(visit)]} note="rows of your local database" />
          <Command words={["import", "FILE", "--to", appAddress(visit)]} note="a file" />
          <Command words={["list", "--url", appAddress(visit)]} note="what is in the bucket" />
        </section>
      </>
    ),
  });
}

function Upload({ visit }: { visit: Visit }) {
  return (
    <>
      <noscript>
        <div class="alert">
          <p>
            To choose a file here takes JavaScript, which is off. The command below, <code>import</code>, does
            the same. What is in the bucket already can be planned and applied without it.
          </p>
        </div>
      </noscript>
      <section
        class="drop"
        aria-label="Upload"
        data-upload={routeBeside(visit, "multipart-upload")}
        data-opens={addressOf({ run: "" })}
      >
        <div data-choice>
          <label class="title" for="file">
            Drop a file here, or choose one
          </label>
          <input id="file" type="file" disabled autocomplete="off" />
          <p class="soft small">
            It goes up in parts, and on from where it was after a reload or a lost connection. No table
            changes.
          </p>
        </div>
        <Working />
        <div class="actions" data-controls hidden>
          <button type="button" class="quiet" data-toggle>
            Pause
          </button>
          <button type="button" class="quiet" data-cancel>
            Cancel the upload
          </button>
        </div>
      </section>
    </>
  );
}

function Waiting({ now, objects }: { now: number; objects: readonly ListedArchive[] }) {
  return (
    <ul class="runs waiting">
      {objects.map(({ key, kind, name = null, bytes: size, uploadedAt }) => (
        <li>
          <a href={addressOf({ run: key })}>
            <span class="what">
              {name === null ? KINDS[kind] : <Foreign text={name} />} <Name text={key} />
            </span>
            <span class="number">{bytes(size)}</span>
            <span class="when">
              <Ago ms={uploadedAt} now={now} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Pages of the list that one look at this page takes. */
const PAGES = 5;

/** Documents without a run, the newest first; and whether the bucket was looked through to its end. */
async function listWaiting(visit: Visit): Promise<{ waiting: ListedArchive[]; isWhole: boolean }> {
  const waiting: ListedArchive[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES; pages++) {
    const listed = await visit.call("list", {
      limit: LIST_LIMIT.max,
      ...(cursor === undefined ? {} : { cursor }),
    });
    waiting.push(...listed.objects.filter(({ kind, status }) => kind !== "undo" && status === null));
    cursor = listed.cursor;
    if (cursor === undefined) break;
  }
  return { waiting: newestFirst(waiting), isWhole: cursor === undefined };
}
