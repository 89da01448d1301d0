import { shellWord } from "../../shell-word.ts";
import { VERSION } from "../../version.ts";
import { addPackage, type PackageManager, runCommand, runScript } from "../package-manager.ts";
import { devScript, type Framework } from "./framework.ts";
import { ownPackage } from "./own-package.ts";
import type { Setup } from "./plan-setup.ts";
import type { Project } from "./project.ts";

export interface NextCommand {
  command: string;
  /** In a few words. */
  why: string;
}

/** What to type once everything is written. */
export function nextCommands(
  project: Project,
  framework: Pick<Framework, "dev" | "devScripts">,
  { changes }: Pick<Setup, "changes">,
): NextCommand[] {
  const { manager, dependencies } = project;
  const script = devScript(project, framework);
  return [
    ...(dependencies.has("d1-ferry")
      ? []
      : [
          {
            command: addOwnPackage(manager),
            why: "the app imports it; the npm registry does not have it yet",
          },
        ]),
    ...typesCommand(project, changes),
    {
      command: script === null ? runCommand(manager, framework.dev) : runScript(manager, script.name),
      why: "in another shell",
    },
    {
      command: runCommand(manager, "d1-ferry doctor"),
      why: "says whether the app answers, and what is missing",
    },
  ];
}

/** Without its scripts: what is here is built already. */
function addOwnPackage(manager: PackageManager): string {
  return `npm pack --ignore-scripts ${shellWord(ownPackage())} && ${addPackage(manager, `./d1-ferry-${VERSION}.tgz`)}`;
}

/** Types that follow the bindings, made by a script of the app's, or needed for the runtime's own module. */
function typesCommand({ manager, manifest, typescript }: Project, changes: Setup["changes"]): NextCommand[] {
  const script = Object.entries(manifest.scripts ?? {}).find(([, line]) =>
    /\bwrangler types\b(?!.*--check)/.test(line),
  );
  if (script !== undefined)
    return [{ command: runScript(manager, script[0]), why: "the types of the new bindings" }];
  return typescript && changes.some(({ after }) => after.includes('"cloudflare:workers"'))
    ? [{ command: runCommand(manager, "wrangler types"), why: "the types of cloudflare:workers" }]
    : [];
}
