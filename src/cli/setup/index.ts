import { UsageError } from "../exit.ts";
import type { World } from "../world.ts";
import type { FileChange } from "./file-change.ts";
import { findApps } from "./find-apps.ts";
import { fittingFrameworks, frameworkNamed, frameworkNames } from "./find-framework.ts";
import type { Framework } from "./framework.ts";
import { askGit, type Git } from "./git.ts";
import { type NextCommand, nextCommands } from "./next-commands.ts";
import { planSetup, type Setup } from "./plan-setup.ts";
import { diffLines } from "./print-diff.ts";
import { type Project, readProject } from "./project.ts";
import { findWranglerFile, type WranglerFile } from "./wrangler-file.ts";
import { requireUnchanged, writeFiles } from "./write-files.ts";

export interface SetupFlags {
  framework?: string;
  config?: string;
  database?: string;
  bucket?: string;
  /** One of several names, where a person can be asked; throws else, with the flag that would say it. */
  choose(question: string, names: readonly string[], flag: string): Promise<string>;
}

export interface ShownSetup extends Omit<Setup, "changes"> {
  framework: Framework;
  changes: (FileChange & { diff: string[] })[];
  next: NextCommand[];
  /** Writes all of it, or nothing where a file has changed meanwhile. */
  write(): Promise<void>;
}

/** What d1-ferry needs in the app of the working directory. Writes nothing yet. */
export async function setUp(
  world: Pick<World, "cwd" | "env" | "now">,
  flags: SetupFlags,
): Promise<ShownSetup> {
  const project = await readProject(world.cwd);
  const wrangler = await findWranglerFile(project, flags.config);
  const framework = await chooseFramework(project, wrangler, flags);
  const git = await askGit(project.directory, world);
  const { choose, database, bucket } = flags;
  const setup = await planSetup({
    project,
    framework,
    wrangler,
    git,
    now: world.now(),
    database,
    bucket,
    choose: (names) => choose("Which database is it? The app has", names, "--database"),
  });
  return {
    ...setup,
    framework,
    changes: setup.changes.map((change) => ({ ...change, diff: diffLines(change) })),
    next: nextCommands(project, framework, setup),
    write: () => write(project, git, setup.changes),
  };
}

async function chooseFramework(
  project: Project,
  wrangler: WranglerFile | null,
  { framework, choose }: SetupFlags,
): Promise<Framework> {
  if (framework !== undefined) return frameworkNamed(framework);
  const fitting = fittingFrameworks(project, wrangler);
  const [only] = fitting;
  if (only === undefined) throw nothingFound(await findApps(project.directory));
  if (fitting.length === 1) return only;
  const names = fitting.map(({ name }) => name);
  return frameworkNamed(
    await choose("Which framework is it? The app may be made with", names, "--framework"),
  );
}

/** `apps`: folders in which something would be found. */
function nothingFound(apps: readonly string[]): UsageError {
  return new UsageError(
    "Nothing here says which framework the app is made with; nothing was changed",
    apps.length > 0
      ? `Run it where the app is: in ${apps.join(", or in ")}`
      : `Run it in the app's own directory, or name it: --framework ${frameworkNames().join(" | ")}`,
  );
}

/** Secrets are written last, and only where git leaves their files alone. */
async function write({ directory }: Project, git: Git, changes: readonly FileChange[]): Promise<void> {
  await requireUnchanged(directory, changes);
  const plain = changes.filter(({ secret }) => !secret);
  const secret = changes.filter((change) => change.secret);
  await writeFiles(directory, plain);
  for (const { path } of secret) {
    if (!git.repository || (await git.ignores(path))) continue;
    throw new UsageError(
      `git does not ignore ${path}, whatever .gitignore says now: no token was written, everything else was`,
      `git check-ignore -v ${path} names the line; correct it, and run the same command again`,
    );
  }
  await writeFiles(directory, secret);
}
