import { DatabaseSync } from "node:sqlite";
import { sqliteDatabase } from "../../../../src/database/node-sqlite.ts";
import { archiveOf, execute } from "../../../support/engine.ts";
import { memoryDatabase } from "../../../support/node-engine.ts";
import type { GapsGround } from "./ground.ts";
import { SCHEMA } from "./tables.ts";

export function nodeGapsGround(): GapsGround {
  let current = new DatabaseSync(":memory:");
  let empty: Uint8Array | undefined;
  const open = (image: Uint8Array) => {
    current.close();
    current = new DatabaseSync(":memory:");
    current.deserialize(image);
    current.exec("PRAGMA foreign_keys = on");
    return sqliteDatabase(current);
  };
  const blank = () => {
    if (empty !== undefined) return empty;
    const { sqlite } = memoryDatabase(SCHEMA.join(";"));
    empty = sqlite.serialize();
    sqlite.close();
    return empty;
  };
  return {
    name: "node:sqlite",
    async target(rows) {
      const database = open(blank());
      await execute(database, rows);
      return database;
    },
    save: async () => current.serialize(),
    restore: async (saved) => open(saved as Uint8Array),
    async archive(rows, tables) {
      const { sqlite, ...database } = memoryDatabase(SCHEMA.join(";"));
      await execute(database, rows);
      const source = await archiveOf(database, { tables: [...tables] });
      sqlite.close();
      return source;
    },
  };
}
