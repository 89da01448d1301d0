import { type Finished, run } from "../demo/processes.ts";

export interface NpmOptions {
  cwd: string;
  env?: Record<string, string>;
  /** Milliseconds until it is taken down. @default 5 minutes */
  limitMs?: number;
}

const LIMIT_MS = 300_000;

/** For what an app's own programs ask their environment. */
const ENVIRONMENT = {
  CI: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NUXT_TELEMETRY_DISABLED: "1",
};

/** By which npm reaches its registry from this machine, beside its configuration files. Names as they are in lower case. */
const NETWORK = /^((https?|no|all)_proxy|node_extra_ca_certs|npm_config_(userconfig|registry|cafile|cache))$/;

function network(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => NETWORK.test(name.toLowerCase()));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Runs npm to its end. Throws what it printed where it ends with another code than 0. */
export async function npm(args: readonly string[], options: NpmOptions): Promise<Finished> {
  const { cwd, env, limitMs = LIMIT_MS } = options;
  const finished = await run([npmScript(), ...args], {
    cwd,
    limitMs,
    env: { ...network(), ...ENVIRONMENT, ...env },
  });
  const { code, stdout, stderr, ms } = finished;
  if (code === 0) return finished;
  const ended =
    code === null ? `was stopped after ${Math.round(ms / 1000)} seconds` : `ended with code ${code}`;
  throw new Error(`npm ${args.join(" ")} ${ended}, in ${cwd}:\n${stdout}${stderr}`);
}

/** Runs a command of one of the app's packages, as `npx` does. */
export function npx(command: readonly string[], options: NpmOptions): Promise<Finished> {
  return npm(["exec", "--no", "--", ...command], options);
}

/** npm as a script for this process's Node: the one that started it. */
function npmScript(): string {
  const path = process.env.npm_execpath;
  if (path === undefined) throw new Error("Start it by npm: npm run frameworks");
  return path;
}
