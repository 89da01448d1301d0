import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { runCli, workDirectory } from "../../support/cli.ts";
import { querySql, runSql } from "../../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../../support/server.ts";

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, flag INTEGER)";
const ROWS = "INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)";

export interface PlacesOptions {
  schema?: string;
  /** The second database's own. @default the same */
  schemaThere?: string;
  rows?: string;
}

/** Two databases with the same tables, of which the first has rows. */
export async function twoPlaces({ schema = SCHEMA, schemaThere = schema, rows = ROWS }: PlacesOptions = {}) {
  const cwd = await workDirectory();
  const at = (name: string) => join(cwd, name);
  runSql(at("local.sqlite"), `${schema}; ${rows}`);
  runSql(at("prod.sqlite"), schemaThere);
  const run = (...args: string[]) => runCli(args, { cwd });
  const done = async (...args: string[]) => {
    const ran = await run(...args);
    expect(ran.code, ran.stderr).toBe(0);
    return ran;
  };
  return {
    at,
    run,
    done,
    here: (sql: string) => runSql(at("local.sqlite"), sql),
    there: (sql: string) => runSql(at("prod.sqlite"), sql),
    found: (sql: string) => querySql(at("prod.sqlite"), sql),
  };
}

/** The same, as files: "push" pushes one into the other. */
export async function twoFiles(options: PlacesOptions = {}) {
  const places = await twoPlaces(options);
  const between = ["--from", "local.sqlite", "--to", "prod.sqlite", "--yes"];
  const back = ["--from", "prod.sqlite", "--to", "local.sqlite", "--yes"];
  const push = (...args: string[]) => places.run("push", ...between, ...args);
  const pushed = (...args: string[]) => places.done("push", ...between, ...args);
  const pulled = (...args: string[]) => places.done("pull", ...back, ...args);
  await pushed();
  const both = (sql: string) => [places.here, places.there].map((on) => on(sql));
  return { ...places, push, pushed, pulled, both };
}

/** The same, each behind an app. `afterBatch` is called behind each batch of the second one's database. */
export async function twoApps(options: PlacesOptions = {}) {
  const places = await twoPlaces(options);
  const hooks = { afterBatch: () => {} };
  const servers: AppServer[] = [];
  for (const name of ["local", "prod"]) {
    await mkdir(places.at(`${name}-bucket`));
    const server = await startAppServer({
      database: places.at(`${name}.sqlite`),
      bucket: places.at(`${name}-bucket`),
      wrap: (database) => ({
        ...database,
        engine: database.engine,
        query: (statement) => database.query(statement),
        async batch(statements) {
          const results = await database.batch(statements);
          if (name === "prod") hooks.afterBatch();
          return results;
        },
      }),
    });
    servers.push(server);
    onTestFinished(() => server.close());
  }
  const [local, prod] = servers as [AppServer, AppServer];
  await writeFile(places.at(".env"), `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
  await places.done("push", "--yes");
  return { ...places, hooks };
}
