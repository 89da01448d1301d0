import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { nodeEngine } from "../support/node-engine.ts";
import { describeHostileSchemas } from "./schemas-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "d1-ferry-attack-"));

describeHostileSchemas("a SQLite file", nodeEngine, join(folder, "stray.sqlite"), () =>
  expect(readdirSync(folder)).toEqual([]),
);
