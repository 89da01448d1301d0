import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeSample } from "./sample.ts";
import { type AppServer, type AppServerOptions, startAppServer, TOKEN } from "./server.ts";

export interface TwoApps {
  local: AppServer;
  prod: AppServer;
  close(): Promise<void>;
}

/** A local app with the sample's rows and a production app without, named in `.env` of the directory. */
export async function startTwoApps(
  directory: string,
  options: { local?: Partial<AppServerOptions>; prod?: Partial<AppServerOptions> } = {},
): Promise<TwoApps> {
  async function start(name: "local" | "prod"): Promise<AppServer> {
    makeSample(join(directory, `${name}.sqlite`), { empty: name === "prod" });
    await mkdir(join(directory, `${name}-bucket`));
    return startAppServer({
      database: join(directory, `${name}.sqlite`),
      bucket: join(directory, `${name}-bucket`),
      ...options[name],
    });
  }
  const [local, prod] = [await start("local"), await start("prod")];
  await writeFile(
    join(directory, ".env"),
    `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`,
  );
  return {
    local,
    prod,
    async close() {
      await local.close();
      await prod.close();
    },
  };
}
