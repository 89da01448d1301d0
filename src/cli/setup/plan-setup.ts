import { posix } from "node:path";
import { chooseBindings, type NamesAsked } from "./choose-bindings.ts";
import { compatibilityDate } from "./compatibility-date.ts";
import { scriptChanges } from "./edit-scripts.ts";
import { joinParts, type Part } from "./file-change.ts";
import { devScript, type Framework } from "./framework.ts";
import type { Git } from "./git.ts";
import { appName } from "./names.ts";
import type { Project } from "./project.ts";
import { lineEndingAt } from "./text-style.ts";
import { wranglerChanges } from "./wrangler-changes.ts";
import type { WranglerFile } from "./wrangler-file.ts";
import { tokenChanges } from "./write-token.ts";

/** Everything that is to be done, as it is shown. Changes of files that git ignores come last. */
export interface Setup extends Part {
  /** Where the local app will be. */
}

export interface SetupQuestion extends Omit<NamesAsked, "mounted"> {
  project: Project;
  framework: Framework;
  wrangler: WranglerFile | null;
  git: Git;
  /** Milliseconds since 1970. */
  now: number;
}

export async function planSetup(question: SetupQuestion): Promise<Setup> {
  const { project, framework, wrangler, git, now } = question;
  const mount = await framework.inspect(project, wrangler);
  const names = await chooseBindings(wrangler?.config ?? {}, { ...question, mounted: mount.names });
  const localApi = `http://localhost:${portOf(project, framework)}${mount.base ?? ""}`;
  const parts = [
    await mount.mount(names),
    wranglerChanges(
      wrangler,
      {
        app: appName(project, wrangler),
        names,
        date: compatibilityDate(project.directory, now),
        newFile: framework.wranglerFile,
        webflow: (await project.read("webflow.json")) !== null,
      },
      await project.first(["cloudflare.config.ts"]),
    ),
    await scriptChanges(project),
    await tokenChanges(project, git, { localApi, folder: posix.dirname(wrangler?.path ?? ".") }),
  ];
  const { changes, ...rest } = joinParts(parts);
  if (framework.envNote !== undefined && changes.some(({ path }) => path === ".env"))
    rest.notes.push(framework.envNote);
  const lineEnding = await lineEndingOf(project, wrangler);
  return {
    ...rest,
    changes: changes.map((change) =>
      change.before === null ? { ...change, after: change.after.replaceAll("\n", lineEnding) } : change,
    ),
  };
}

/** New files have the line endings of those that are there. */
async function lineEndingOf(project: Project, wrangler: WranglerFile | null): Promise<string> {
  const text = wrangler?.text ?? (await project.read("package.json")) ?? "";
  return lineEndingAt(text, text.length);
}

function portOf(project: Project, framework: Framework): string {
  const { line = "" } = devScript(project, framework) ?? {};
  const [, named] = /(?:--port|-p)[ =](\d{2,5})\b/.exec(line) ?? [];
  return named ?? String(framework.port);
}
