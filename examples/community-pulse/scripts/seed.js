#!/usr/bin/env node
import { parseArgs } from "node:util";
import { DEMO_USER, makeAccounts } from "./data/accounts.js";
import { COUNTS, generate } from "./generate.js";
import { insertStatements } from "./seed/chunks.js";

const USAGE = `Fills the local database with the community's data.

  npm run seed [-- options]

  --scale N          N times the rows (default 1: 25,537)
  --reset            empty the tables first
  --sqlite FILE      write a plain SQLite file instead of the local D1
  --persist-to DIR   where the local D1 is kept (default .wrangler/state)`;

const ACCOUNT_TABLES = ["users", "sessions"];

function readOptions() {
  const { values } = parseArgs({
    options: {
      scale: { type: "string", default: "1" },
      reset: { type: "boolean", default: false },
      sqlite: { type: "string" },
      "persist-to": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const scale = Number(values.scale);
  if (!Number.isInteger(scale) || scale < 1) throw new Error("--scale takes a whole number from 1");
  return { ...values, scale };
}

async function openTarget({ sqlite, "persist-to": persistTo }) {
  if (sqlite !== undefined) return (await import("./seed/sqlite-file.js")).openSqliteFile(sqlite);
  return (await import("./seed/local-d1.js")).openLocalD1(persistTo);
}

async function empty(target) {
  const tables = [...ACCOUNT_TABLES, ...Object.keys(COUNTS)].reverse();
  for (const table of tables) await target.run(`DELETE FROM ${table}`);
  await target.run(
    `DELETE FROM sqlite_sequence WHERE name IN (${tables.map((table) => `'${table}'`).join(", ")})`,
  );
}

function* everything(accounts, scale) {
  yield* accounts;
  yield* generate({ scale });
}

async function fill(target, scale) {
  const written = {};
  for (const { table, rows } of everything(await makeAccounts(), scale)) {
    for (const statement of insertStatements(table, rows)) await target.insert(statement);
    written[table] = (written[table] ?? 0) + rows.length;
  }
  return written;
}

async function seed(options) {
  const began = performance.now();
  const target = await openTarget(options);
  try {
    await target.migrate();
    if (options.reset) await empty(target);
    const present = await target.count("authors");
    if (present > 0) {
      console.log(
        `There are ${present.toLocaleString("en")} authors already. --reset empties the tables and starts again.`,
      );
      return;
    }
    const written = await fill(target, options.scale);
    for (const [table, rows] of Object.entries(written)) {
      console.log(`${table.padEnd(22)}${rows.toLocaleString("en").padStart(10)}`);
    }
    console.log(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    console.log(`Log in to a local build as "${DEMO_USER.username}", password "${DEMO_USER.password}".`);
  } finally {
    await target.close();
  }
}

try {
  const options = readOptions();
  if (options.help) console.log(USAGE);
  else await seed(options);
} catch (error) {
  console.error(`seed: ${error.message}`);
  process.exitCode = 1;
}
