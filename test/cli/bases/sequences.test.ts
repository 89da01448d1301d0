import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { once, sampled } from "../../support/cases.ts";
import { runCli, workDirectory } from "../../support/cli.ts";
import { type AppServer, startAppServer, TOKEN } from "../../support/server.ts";
import {
  type Alteration,
  type CellEdit,
  EditedFiles,
  type Kind,
  type RowEdit,
  SCHEMAS,
} from "./edited-files.ts";
import { type Columns, type Exchange, exchanged, type Known, type Side } from "./model.ts";

/*
 * Pushes and pulls in turns between two databases that are both edited and whose tables change, held against a model of the
 * rows (model.ts). Between them: undo, commands that only look, names in other letters' case.
 */

type Between = "files" | "apps";

const VALUES = [
  "NULL",
  "0",
  "1",
  "1.0",
  "'1'",
  "0.0",
  "-0.0",
  "X'31'",
  "9007199254740993",
  "9007199254740992.0",
  "'é'",
];
const value = fc.constantFrom(...VALUES);
const side = fc.constantFrom<Side>("left", "right");

type Step =
  | ({ is: "edit"; side: Side } & RowEdit)
  | ({ is: "cell"; side: Side } & CellEdit)
  | ({ is: "alter" } & Alteration)
  | { is: "letters"; side: Side }
  | { is: "look"; from: Side }
  | { is: "undo" }
  | ({ is: "exchange" } & Exchange);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant("edit" as const),
      side,
      row: fc.nat(3),
      spelling: fc.nat(1),
      cells: fc.option(fc.tuple(value, value), { freq: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant("cell" as const),
      side,
      row: fc.nat(3),
      column: fc.nat(3),
      value,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant("alter" as const),
      how: fc.constantFrom("add" as const, "drop" as const, "rename" as const),
      sides: fc.constantFrom<Side[]>(["left", "right"], ["left", "right"], ["left"], ["right"]),
      column: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("letters" as const), side }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("look" as const), from: side }) },
  { weight: 1, arbitrary: fc.constant<Step>({ is: "undo" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant("exchange" as const),
      from: fc.constantFrom<Side>("left", "left", "right"),
      mode: fc.constantFrom("merge" as const, "mirror" as const, "mirror" as const, "insert" as const),
      onEdit: fc.constantFrom("stop" as const, "ours" as const, "theirs" as const),
    }),
  },
);

const RUN = /\bsync-[\w-]+/;
const CONFIRM = /--confirm-delete=(\d+)/;

/** How the command names both, and what closes them. */
async function openPlaces(cwd: string, between: Between) {
  if (between === "files")
    return {
      name: (one: Side) => `${one}.sqlite`,
      undo: (one: Side) => ["--to", `${one}.sqlite`],
      async close() {},
    };
  const servers = new Map<Side, AppServer>();
  for (const one of ["left", "right"] as const) {
    const bucket = join(cwd, `${one}-bucket`);
    await mkdir(bucket);
    servers.set(one, await startAppServer({ database: join(cwd, `${one}.sqlite`), bucket }));
  }
  const name = (one: Side) => String(servers.get(one)?.url);
  await writeFile(
    join(cwd, ".env"),
    `LOCAL_API=${name("left")}\nPROD_API=${name("right")}\nFERRY_TOKEN=${TOKEN}\n`,
  );
  return {
    name,
    undo: (one: Side, run: string) => [run, "--url", name(one)],
    async close() {
      for (const server of servers.values()) await server.close();
    },
  };
}

async function holdsModel(kind: Kind, between: Between, steps: readonly Step[]): Promise<void> {
  const cwd = await workDirectory();
  const files = new EditedFiles(cwd, kind);
  const opened = await openPlaces(cwd, between);
  try {
    await follow(files, { cwd, ...opened }, steps);
  } finally {
    await opened.close();
  }
}

async function follow(
  files: EditedFiles,
  { cwd, name, undo: undoArgs }: { cwd: string } & Omit<Awaited<ReturnType<typeof openPlaces>>, "close">,
  steps: readonly Step[],
): Promise<void> {
  const command = async (...args: string[]) => {
    const ran = await runCli([...args, "--yes"], { cwd });
    const deletes = ran.code === 2 ? CONFIRM.exec(ran.stderr)?.[1] : undefined;
    return deletes === undefined ? ran : runCli([...args, "--confirm-delete", deletes], { cwd });
  };
  const both = () => ({ left: files.rows("left"), right: files.rows("right") });
  const columns = (): Columns => ({
    left: lower(files.columns("left")),
    right: lower(files.columns("right")),
  });
  const places = (from: Side) => ["--from", name(from), "--to", name(other(from))];
  expect((await command("push", ...places("left"))).code).toBe(0);
  let known: Known = { ...both(), base: files.rows("left") };
  let undo: { known: Known; side: Side; run: string } | null = null;
  for (const one of steps) {
    const before = undo;
    undo = null;
    if (one.is === "edit") files.edit(one.side, one);
    else if (one.is === "cell") files.setCell(one.side, one);
    else if (one.is === "letters") files.otherLetters(one.side);
    else if (one.is === "look") await command("push", ...places(one.from), "--dry-run");
    else if (one.is === "alter") files.alter(one);
    else if (one.is === "undo") {
      if (before === null) continue;
      const undone = await command("undo", ...undoArgs(before.side, before.run));
      expect(undone.code, undone.stderr).toBe(0);
      ({ known } = before);
      expect(both()).toEqual({ left: known.left, right: known.right });
    } else {
      const expected = exchanged(known, columns(), one);
      const args = ["--mode", one.mode, "--on-edit", one.onEdit];
      const ran = await command(one.from === "left" ? "push" : "pull", ...places(one.from), ...args);
      const to = other(one.from);
      if (expected.ends !== "done") {
        expect([1, 3], ran.stderr).toContain(ran.code);
        if (expected.ends === "conflict") expect(ran.code, ran.stderr).toBe(3);
        expect(both()).toEqual({ left: known.left, right: known.right });
        continue;
      }
      expect(ran.code, ran.stderr).toBe(0);
      expect(files.rows(to), ran.stderr).toEqual(expected.next);
      expect(files.rows(one.from)).toEqual(known[one.from]);
      if (!ran.stderr.includes("Nothing to do"))
        undo = { known, side: to, run: RUN.exec(ran.stderr)?.[0] ?? "" };
      known = { ...known, [to]: expected.next, base: expected.base };
      const again = await command(one.from === "left" ? "push" : "pull", ...places(one.from), ...args);
      expect(again.stderr).toContain("Nothing to do");
      if (again.code !== 0) expect.fail(again.stderr);
      continue;
    }
    known = { ...known, ...both() };
  }
}

const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());

const other = (one: Side): Side => (one === "left" ? "right" : "left");

/** Of an app each command takes many times as long. */
const SEQUENCES = [
  ["files", 15],
  ["apps", 4],
] as const;

describe.each(SEQUENCES)("Between %s", (between, count) => {
  test.each(Object.keys(SCHEMAS) as Kind[])("rows known by %s", once(30), async (kind) => {
    const steps = fc.array(step, { minLength: 4, maxLength: 16 });
    const property = fc.asyncProperty(steps, (all) => holdsModel(kind, between, all));
    await fc.assert(property, sampled(count));
  });
});
