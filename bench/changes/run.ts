import { rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ByteSource } from "../../src/index.ts";
import { openDirectory } from "../directory.ts";
import { type Grid, gridMarkdown, gridText } from "../report/grid.ts";
import { count, figure } from "../report/numbers.ts";
import { writePage } from "../report/page.ts";
import { besideAbout, besideGrid, carryBeside } from "./beside/run.ts";
import { checkOut, type Version, versionAt } from "./checkout.ts";
import { CHANGES, type Change, ROWS } from "./items.ts";
import { type Figures, measureSync, sourceArchive } from "./measure.ts";
import { changedRows, countRowsWritten, type RowsWritten } from "./rows-written.ts";

const USAGE = `Times syncs of ${count(ROWS)} rows of which some changed, beside another commit of this project, both on node:sqlite; and
counts the rows that each of them writes into a D1 in workerd, as D1 counts them, indexes with them.

  npm run bench:changes [-- options]
  npm run bench:changes -- --peers [options]    pushes of changes beside sqldiff and sqlite3_rsync

  --peers            the second of these, on two files of posts; needs npm run build
  --posts N          how many (default: 50,000, which are 90 MB; 500000 are 0.9 GB and take some minutes a run)
  --sqldiff PATH     SQLite's sqldiff (default: from PATH; left out where it is not there)
  --sqlite3-rsync PATH   the same of sqlite3_rsync
  --against COMMIT   the other one (default: fc756f1, the last one whose plans were counts)
  --runs N           of each (default: 5; with --peers 3)
  --directory DIR    keep the posts there, and take what is there
  --write            put the table into docs/performance.md
  --json             everything as one JSON line at the end`;

const { values } = parseArgs({
  options: {
    against: { type: "string", default: "fc756f1" },
    peers: { type: "boolean", default: false },
    posts: { type: "string", default: "50000" },
    sqldiff: { type: "string", default: "sqldiff" },
    "sqlite3-rsync": { type: "string", default: "sqlite3_rsync" },
    runs: { type: "string" },
    directory: { type: "string" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(USAGE);
else await (values.peers ? benchPeers() : bench());

interface Compared {
  change: Change;
  /** Medians. */
  now: Figures;
  before: Figures;
  /** `changes`: of the rows alone that differ, which the other commit cannot; null where they are none, or all. */
  written: { now: RowsWritten; before: RowsWritten; changes: RowsWritten | null };
}

async function bench(): Promise<void> {
  const directory = await openDirectory(undefined);
  const other = checkOut(values.against, directory.path("other"));
  const compared: Compared[] = [];
  try {
    const versions = [await versionAt("now"), await versionAt(values.against, other.root)] as const;
    const archives = new Map<Version, ByteSource>();
    for (const version of versions) archives.set(version, await sourceArchive(version));
    for (const change of CHANGES) {
      console.error(`… ${change.name}`);
      const found = new Map<Version, Figures[]>(versions.map((version) => [version, []]));
      for (let run = 0; run < Number(values.runs ?? 5); run++) {
        // In turns, so that what else the machine does hits both.
        for (const version of run % 2 === 0 ? versions : versions.toReversed()) {
          const path = directory.path("target.sqlite");
          const archive = archives.get(version) as ByteSource;
          found.get(version)?.push(await measureSync(version, change, { archive, path }));
          for (const suffix of ["", "-wal", "-shm"]) await rm(path + suffix, { force: true });
        }
      }
      const [now, before] = versions.map((version) => medians(found.get(version) as Figures[]));
      const written = await countBoth(versions, change, archives);
      compared.push({ change, now: now as Figures, before: before as Figures, written });
    }
  } finally {
    other.remove();
    await directory.remove();
  }
  console.log(gridText(gridOf(compared)));
  if (values.write) await writePage({ changes: gridMarkdown(gridOf(compared)) });
  if (values.json) console.log(JSON.stringify({ rows: ROWS, against: values.against, changes: compared }));
}

async function countBoth(
  versions: readonly [Version, Version],
  change: Change,
  archives: ReadonlyMap<Version, ByteSource>,
): Promise<Compared["written"]> {
  const counted = (version: Version) =>
    countRowsWritten(version, change, archives.get(version) as ByteSource);
  const [now, before] = versions;
  const isSome = change.each > 1 && Number.isFinite(change.each);
  const sent = isSome ? await changedRows(archives.get(now) as ByteSource, change) : null;
  return {
    now: await counted(now),
    before: await counted(before),
    changes: sent === null ? null : await countRowsWritten(now, change, sent),
  };
}

async function benchPeers(): Promise<void> {
  const directory = await openDirectory(values.directory);
  try {
    const beside = await carryBeside(directory, {
      rows: Number(values.posts.replaceAll(/[,_]/g, "")),
      runs: Number(values.runs ?? 3),
      sqldiff: values.sqldiff,
      rsync: values["sqlite3-rsync"],
      say: (what) => console.error(`… ${what}`),
    });
    const about = besideAbout(beside);
    console.log(`${gridText(besideGrid(beside))}\n\n${about}`);
    if (values.write) await writePage({ peers: `${about}\n\n${gridMarkdown(besideGrid(beside))}` });
    if (values.json) console.log(JSON.stringify(beside));
  } finally {
    await directory.remove();
  }
}

function medians(all: readonly Figures[]): Figures {
  const of = (what: keyof Figures) => {
    const sorted = all.map((one) => one[what]).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] as number;
  };
  return { seconds: of("seconds"), transaction: of("transaction"), statements: of("statements") };
}

function gridOf(compared: readonly Compared[]): Grid {
  return {
    names: [
      "",
      "transaction, s",
      "before",
      "ratio",
      "whole sync, s",
      "before",
      "ratio",
      "statements",
      "before",
      "rows written, D1",
      "before",
      "sent as changes",
      "plain SQL",
    ],
    rows: compared.map(({ change, now, before, written }) => [
      change.name,
      figure(now.transaction),
      figure(before.transaction),
      figure(now.transaction / before.transaction),
      figure(now.seconds),
      figure(before.seconds),
      figure(now.seconds / before.seconds),
      count(now.statements),
      count(before.statements),
      count(written.now.sync),
      count(written.before.sync),
      written.changes === null ? "–" : count(written.changes.sync),
      count(written.now.plain),
    ]),
  };
}
