export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

const RUNNERS: Readonly<Record<PackageManager, string>> = {
  npm: "npx",
  pnpm: "pnpm exec",
  yarn: "yarn",
  bun: "bunx",
};

/** How it runs a script of package.json. */
export function runScript(manager: PackageManager, script: string): string {
  return manager === "npm" || manager === "bun" ? `${manager} run ${script}` : `${manager} ${script}`;
}

/** How it starts a package's command. */
export function runCommand(manager: PackageManager, command: string): string {
  return `${RUNNERS[manager]} ${command}`;
}

/** How it adds a package. */
export function addPackage(manager: PackageManager, name: string): string {
  return manager === "npm" ? `npm install ${name}` : `${manager} add ${name}`;
}

/**
 * Puts in front of each d1-ferry command in a text what the one that runs was started by, as in `npx d1-ferry push`:
 * a shell would not find it otherwise. Unchanged where it was found on the PATH.
 */
export function asTyped(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const [name] = (env.npm_config_user_agent ?? "").split("/");
  if (name === undefined || !Object.hasOwn(RUNNERS, name)) return (text) => text;
  const runner = RUNNERS[name as PackageManager];
  return (text) => text.replace(COMMAND, `${runner} d1-ferry`);
}

/** Not a path, a part of a name, or what has a runner already; a command's name or a flag stands behind it. */
const COMMAND =
  /(?<![\w./@-]|npx |exec |yarn |bunx )d1-ferry(?= (?:apply|completion|diff|doctor|drop|export|history|import|init|list|log|plan|prune|pull|push|status|sync|token|undo|verify)\b| --?\w)/g;
