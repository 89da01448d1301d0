import { existsSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import * as v from "valibot";
import { NODE } from "../../support/cli.ts";
import { blocksWith } from "../../support/docs.ts";
import { runScript } from "./script.ts";

const text = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]));
const step = v.strictObject({
  name: v.optional(v.string()),
  if: v.optional(v.string()),
  uses: v.optional(v.string()),
  with: v.optional(text, {}),
  env: v.optional(text, {}),
  // What somebody else named, a branch for one, would be code there.
  run: v.optional(v.pipe(v.string(), v.excludes("${{"))),
});
const workflow = v.strictObject({
  name: v.string(),
  on: v.unknown(),
  permissions: v.record(v.string(), v.picklist(["read", "write"])),
  defaults: v.strictObject({ run: v.strictObject({ shell: v.literal("bash") }) }),
  jobs: v.record(
    v.string(),
    v.strictObject({
      if: v.optional(v.string()),
      environment: v.optional(v.string()),
      "runs-on": v.literal("ubuntu-latest"),
      steps: v.array(step),
    }),
  ),
});

export type Workflow = v.InferOutput<typeof workflow>;
type Step = v.InferOutput<typeof step>;

/** A workflow of a page, by the file that it goes into. */
export async function workflowOf(page: string, file: string): Promise<Workflow> {
  const [block = ""] = await blocksWith(page, "yaml", `# .github/workflows/${file}\n`);
  return v.parse(workflow, load(block));
}

export interface RunnerOptions {
  /** An empty directory for the run. */
  workspace: string;
  /** What a checkout gives. */
  repository: string;
  /** Where artifacts are kept, a directory each. */
  artifacts: string;
  /** What `${{ … }}` stands for, by what stands between the braces. Any other is an error. */
  values: Readonly<Record<string, string>>;
  /** What GitHub sets for every step. */
  env: Readonly<Record<string, string>>;
  /** What `gh api` answers, by path: JSON. */
  api?: Readonly<Record<string, unknown>>;
}

export interface WorkflowRun {
  ok: boolean;
  /** Of all steps. */
  output: string;
  summary: string;
}

/** Runs the only job of a workflow as GitHub's runner does: each script in a shell of its own, until one fails. */
export async function runWorkflow(
  { jobs, defaults }: Workflow,
  options: RunnerOptions,
): Promise<WorkflowRun> {
  const [job, ...others] = Object.values(jobs);
  if (job === undefined || others.length > 0) throw new Error("not one job");
  const { workspace, env } = options;
  const summary = join(workspace, ".summary.md");
  await mkdir(workspace, { recursive: true });
  await writeFile(summary, "");
  await provideTools(options);
  const run: WorkflowRun = { ok: true, output: "", summary: "" };
  if (job.if !== undefined && !holds(job.if, options)) return run;
  for (const one of job.steps) {
    if (!run.ok && one.if !== "always()") continue;
    if (one.uses !== undefined) {
      await use(one, options);
      continue;
    }
    const { code, output } = await runScript(one.run ?? "", {
      cwd: workspace,
      shell: SHELLS[defaults.run.shell],
      env: { ...env, GITHUB_STEP_SUMMARY: summary, ...resolved(one.env, options) },
    });
    run.output += output;
    run.ok &&= code === 0;
  }
  return { ...run, summary: await readFile(summary, "utf8") };
}

/** As GitHub documents what it calls for `shell: bash`. */
const SHELLS = { bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"] } as const;

/** The only kind of condition that is used: two values that are equal. */
function holds(condition: string, { values }: RunnerOptions): boolean {
  const [left = "", right = ""] = condition.split(" == ").map((name) => lookUp(name, values));
  return left === right;
}

function resolved(given: Step["env"], { values }: RunnerOptions): Record<string, string> {
  const replace = (value: unknown) =>
    String(value).replaceAll(/\$\{\{ ([^}]+) \}\}/g, (_, name: string) => lookUp(name, values));
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, replace(value)]));
}

function lookUp(name: string, values: RunnerOptions["values"]): string {
  const value = values[name];
  if (value === undefined) throw new Error(`the workflow asks for ${name}`);
  return value;
}

/** What the actions do that are used. */
async function use(one: Step, options: RunnerOptions): Promise<void> {
  const { workspace, repository, artifacts } = options;
  const given = resolved(one.with, options);
  if (one.uses === "actions/checkout@v7") {
    await cp(repository, workspace, { recursive: true });
  } else if (one.uses === "actions/setup-node@v7") {
    const { engines } = JSON.parse(await readFile("package.json", "utf8"));
    if (!engines.node.includes(`>=${given["node-version"]}.`))
      throw new Error(`not a Node that ${engines.node} names`);
  } else if (one.uses === "actions/upload-artifact@v7") {
    const to = join(artifacts, given.name ?? "");
    const paths = (given.path ?? "")
      .split("\n")
      .filter((path) => existsSync(join(workspace, path)) && path !== "");
    await mkdir(to, { recursive: true });
    for (const path of paths) await copyFile(join(workspace, path), join(to, basename(path)));
  } else throw new Error(`an action that is not known here: ${one.uses}`);
}

/** What a runner has beside the shell: Node, npm and GitHub's command, which asks what GitHub would answer. */
async function provideTools({ workspace, artifacts, api = {} }: RunnerOptions): Promise<void> {
  const bin = join(workspace, ".bin");
  await mkdir(bin, { recursive: true });
  const answers = join(workspace, ".api.json");
  await writeFile(answers, JSON.stringify(api));
  const tools = {
    node: `exec '${NODE}' "$@"`,
    npm: `[ "$*" = ci ]`,
    gh: `
[ -n "$GH_TOKEN" ] || { echo "gh: set GH_TOKEN" >&2; exit 4; }
case "$1 $2" in
  "run download")
    [ "$3 $5 $7" = "--repo --name --dir" ] && [ "$4" = "$GITHUB_REPOSITORY" ] || exit 2
    [ -d "${artifacts}/$6" ] || { echo "no artifact matches any of the names or patterns provided" >&2; exit 1; }
    mkdir -p "$8" && cp "${artifacts}/$6"/* "$8"/ ;;
  "api "*)
    [ "$3" = --jq ] || exit 2
    jq -r --arg path "$2" '.[$path]' '${answers}' | jq -r "$4" ;;
  *) exit 2 ;;
esac`,
  };
  for (const [name, script] of Object.entries(tools)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
}
