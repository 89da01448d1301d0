import { assertSame } from "../data/contents.ts";
import { sqlitePeer } from "../peers/sqlite.ts";
import { type Contender, programSample } from "./contender.ts";

const peer = sqlitePeer();

/** SQLite's own shell, the floor: no HTTP, no D1, no hashes, no plan. */
export const shellDump: Contender = {
  name: "sqlite-dump",
  label: `${peer.name} .dump`,
  direction: "export",
  run: async ({ seed, shellSql }) => programSample(await peer.dump(seed, shellSql)),
};

export const shellLoad: Contender = {
  name: "sqlite-load",
  label: `${peer.name} load, one transaction`,
  direction: "import",
  async run({ directory, shellSql, contents }) {
    const target = `${await directory.fresh("shell")}/target.sqlite`;
    const run = await peer.load(shellSql, target);
    assertSame(target, contents, shellLoad.label);
    return programSample(run);
  },
};
