import { type CommandOptions, runCommand } from "../../scripts/demo/command.ts";
import { completed, type PushResult, push, rowsWritten } from "../../scripts/demo/push.ts";
import { COMMUNITY_ROWS } from "../data/community.ts";
import { assertSame, readContents } from "../data/contents.ts";
import type { BenchDirectory } from "../directory.ts";
import { TOKEN } from "../worker/start.ts";
import { type DistantApp, type States, startDistantApp } from "./apps.ts";
import { type Distance, NO_DISTANCE } from "./distant.ts";
import { editEach } from "./edits.ts";
import { coveredSeconds } from "./figures.ts";
import type { Journey, Setting, Side, Step } from "./settings.ts";

export interface JourneyOptions {
  bundle: string;
  states: States;
  setting: Setting;
  distance: Distance;
}

/** Of how many rows one is changed in a push of little. */
const FEW = 1_000;

/** Pushes, edits and undoes with the built command between two new apps, and compares all cells at the end. */
export async function makeJourney(directory: BenchDirectory, options: JourneyOptions): Promise<Journey> {
  const { bundle, states, setting, distance } = options;
  const folder = await directory.within("journey");
  const start = (side: Side, begin: string) =>
    startDistantApp({
      bundle,
      begin,
      state: folder.path(side),
      distance: setting.far.includes(side) ? distance : NO_DISTANCE,
    });
  const source = await start("source", states.full);
  const target = await start("target", states.empty).catch(async (error) => {
    await source.close();
    throw error;
  });
  let steps: Step[];
  let files: string[];
  try {
    const command = { from: source.url, to: target.url, token: TOKEN, cwd: folder.path("laptop") };
    steps = await takeSteps({ source, target }, command);
  } finally {
    files = await Promise.all([source, target].map((app) => app.close()));
  }
  const [left, arrived] = files as [string, string];
  assertSame(arrived, readContents(left), "d1-ferry push");
  await folder.remove();
  return { setting, steps };
}

async function takeSteps(apps: Record<Side, DistantApp>, command: CommandOptions): Promise<Step[]> {
  const step = (name: string, expected: number, run: () => Promise<PushResult & { seconds: number }>) =>
    takeStep(apps, { name, expected, run });
  const pushed = async (flags: readonly string[] = []) => completed(await push(flags, command));

  const first = await step("first push", COMMUNITY_ROWS, pushed);
  const unchanged = await step("nothing changed", 0, pushed);

  const few = await apps.source.edit(editEach(FEW));
  let key = "";
  const little = await step("0.1 % of the rows changed", few, async () => {
    const result = await pushed();
    key = result.syncKey;
    return result;
  });
  const undone = await step("undo of that", few, async () =>
    completed(await runCommand<PushResult>(["undo", key, "--yes"], command)),
  );

  const all = await apps.source.edit(editEach(1));
  const everything = await step("all rows changed, push --full", all, () => pushed(["--full"]));
  return [first, unchanged, little, undone, everything];
}

interface StepOptions {
  name: string;
  /** Rows that it has to change. */
  expected: number;
  run(): Promise<PushResult & { seconds: number }>;
}

async function takeStep(
  { source, target }: Record<Side, DistantApp>,
  { name, expected, run }: StepOptions,
): Promise<Step> {
  await source.take();
  await target.take();
  const result = await run();
  // Where nothing was to do, nothing was written that could be read back.
  const rows = result.unchanged ? 0 : rowsWritten(result);
  if (rows !== expected || !(result.unchanged || result.verified))
    throw new Error(`${name}: ${rows} rows were written of ${expected}, verified: ${result.verified}`);
  const { waits: left, ...ofSource } = await source.take();
  const { waits: arrived, ...ofTarget } = await target.take();
  const waited = coveredSeconds([...left, ...arrived]);
  return { name, rows, seconds: result.seconds, waited, source: ofSource, target: ofTarget };
}
