import { CommanderError } from "commander";
import { overview } from "../commands/overview.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { createCheckpoint, trackSteps } from "../interruption/checkpoint.ts";
import { describeInterruption } from "../interruption/how-to-resume.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { withoutValues } from "../options/command-line.ts";
import { withWholeOptions } from "../options/values.ts";
import { readSettings, type Settings } from "../places/settings.ts";
import { humanPrinter } from "../printing/human.ts";
import { jsonPrinter } from "../printing/json.ts";
import { printable } from "../printing/printable.ts";
import type { World } from "../world.ts";
import { explainError } from "./explain-error.ts";
import { type Call, createProgram } from "./parser.ts";

/** Runs one command line and answers its exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], world: World): Promise<ExitCode> {
  const parsed = parse(argv, world);
  if (typeof parsed === "number") return parsed;
  const { command, args, options } = parsed;
  const checkpoint = createCheckpoint();
  const plain = options.json ? jsonPrinter(world, options) : humanPrinter(world, options);
  const printer = trackSteps(plain, checkpoint);
  let settings: Settings | null = null;
  try {
    settings = await readSettings(world.env, world.cwd, options);
    return await command.run(args, options, { world, settings, printer, checkpoint });
  } catch (error) {
    if (error instanceof Interrupted || world.signal.aborted) {
      const { failure, lines } = describeInterruption(argv, checkpoint);
      printer.failure(failure);
      world.stderr.write(`${lines.map(printable).join("\n")}\n`);
      return EXIT.interrupted;
    }
    return explainError(error, { argv, checkpoint, settings, printer, stderr: world.stderr });
  }
}

function parse(argv: readonly string[], world: World): Call | ExitCode {
  if (argv.every((word) => word === "--json"))
    return { command: overview, args: [], options: { json: argv.length > 0 } };
  const calls: Call[] = [];
  try {
    createProgram(world, (call) => calls.push(call), argv).parse(withWholeOptions(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    if (argv.includes("--json")) {
      const message = withoutValues(error.message.replace(/^error: /, ""), argv);
      world.stdout.write(`${JSON.stringify({ success: false, error: message, code: "USAGE" })}\n`);
    }
    return EXIT.usage;
  }
  return calls[0] ?? EXIT.usage;
}
