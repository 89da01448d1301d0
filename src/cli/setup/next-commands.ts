import type { Framework } from "./framework.ts";
import type { Setup } from "./plan-setup.ts";
import { addPackage, type Project, runCommand, runScript } from "./project.ts";

export interface NextCommand {
  command: string;
  /** In a few words. */
  why: string;
}

/** What to type once everything is written. */
export function nextCommands(
  project: Project,
  { localApi, dev }: Pick<Setup, "localApi"> & Pick<Framework, "dev">,
): NextCommand[] {
  const { manager, manifest, dependencies } = project;
  const scripts = manifest.scripts ?? {};
  const script = ["dev", "start"].find((name) => scripts[name] !== undefined);
  const types = Object.entries(scripts).find(([, line]) => /\bwrangler types\b/.test(line))?.[0];
  return [
    ...(dependencies.has("d1-ferry")
      ? []
      : [{ command: addPackage(manager, "d1-ferry"), why: "the app imports it" }]),
    ...(types === undefined
      ? []
      : [{ command: runScript(manager, types), why: "the types of the new bindings" }]),
    {
      command: script === undefined ? runCommand(manager, dev) : runScript(manager, script),
      why: "in another shell",
    },
    {
      command: runCommand(manager, `d1-ferry export ${localApi} -o local.json.gz`),
      why: "the local database, through its bucket",
    },
  ];
}
