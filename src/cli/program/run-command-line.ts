import { CommanderError } from "commander";
import { asFerryError, type FerryError } from "../../errors.ts";
import { EXIT, type ExitCode, exitForError, UsageError } from "../exit.ts";
import { type Checkpoint, createCheckpoint, trackSteps } from "../interruption/checkpoint.ts";
import { describeInterruption, describeStop } from "../interruption/how-to-resume.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { credentialsHint, readSettings, type Settings } from "../places/settings.ts";
import { humanPrinter } from "../printing/human.ts";
import { jsonPrinter } from "../printing/json.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";
import { type Call, createProgram } from "./parser.ts";

/** Carries out one command line and answers its exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], world: World): Promise<ExitCode> {
  const parsed = parse(argv, world);
  if (typeof parsed === "number") return parsed;
  const { command, args, options } = parsed;
  const checkpoint = createCheckpoint();
  const printer = trackSteps(
    options.json ? jsonPrinter(world, options) : humanPrinter(world, options),
    checkpoint,
  );
  let settings: Settings | null = null;
  try {
    settings = await readSettings(world.env, world.cwd, options);
    return await command.run(args, options, { world, settings, printer, checkpoint });
  } catch (error) {
    if (error instanceof Interrupted || world.signal.aborted) {
      const { failure, lines } = describeInterruption(argv, checkpoint);
      printer.failure(failure);
      world.stderr.write(`${lines.join("\n")}\n`);
      return EXIT.interrupted;
    }
    return explain(error, printer, { argv, checkpoint, settings, world });
  }
}

function parse(argv: readonly string[], world: World): Call | ExitCode {
  const calls: Call[] = [];
  try {
    createProgram(world, (call) => calls.push(call)).parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    if (argv.includes("--json")) {
      const message = error.message.replace(/^error: /, "");
      world.stdout.write(`${JSON.stringify({ success: false, error: message, code: "USAGE" })}\n`);
    }
    return EXIT.usage;
  }
  return calls[0] ?? EXIT.usage;
}

interface Told {
  argv: readonly string[];
  checkpoint: Checkpoint;
  settings: Settings | null;
  world: Pick<World, "stderr">;
}

function explain(error: unknown, printer: Printer, { argv, checkpoint, settings, world }: Told): ExitCode {
  if (error instanceof UsageError) {
    printer.failure({ error: error.message, code: "USAGE", hint: error.hint });
    return EXIT.usage;
  }
  const blame = fileProblem(error);
  if (blame !== null) {
    printer.failure({ error: blame, code: "USAGE", hint: "Name another file, or change its permissions" });
    return EXIT.usage;
  }
  const failure = asFerryError(error);
  const stop = describeStop(argv, checkpoint, failure);
  printer.failure({
    error: failure.message,
    code: failure.code,
    hint: typedHint(failure, settings) ?? failure.hint,
    details: stop === null ? failure.details : { ...failure.details, ...stop.details },
  });
  if (stop !== null) world.stderr.write(`${stop.lines.join("\n")}\n`);
  return exitForError(failure);
}

const FILE_PROBLEMS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EISDIR: "is a directory",
  ENOTDIR: "a part of the path is no directory",
  ENOENT: "no such file or directory",
};

/** What is wrong with a file the command line named; null for any other error. */
function fileProblem(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || !("path" in error)) return null;
  const { dest, path } = error as { dest?: unknown; path: unknown };
  const problem = FILE_PROBLEMS[String(error.code)];
  return problem === undefined ? null : `${String(dest ?? path).replace(/\.partial$/, "")}: ${problem}`;
}

/** A hint of the API in the words of the command line. */
function typedHint({ code, hint, details }: FerryError, settings: Settings | null): string | undefined {
  if (code === "NOT_FOUND") return hint?.replace("GET ?operation=list", "d1-ferry list");
  if (code === "AUTHENTICATION_REQUIRED" && settings !== null) {
    const { app, before } = details ?? {};
    if (typeof app !== "string" || !URL.canParse(app)) return undefined;
    const ours = credentialsHint(new URL(app), settings);
    return before === true ? `${ours} Or what stands before the app wants a login of its own.` : ours;
  }
  if (code !== "ALREADY_SYNCED" && code !== "VERSION_TAKEN") return undefined;
  const next = details?.nextVersion;
  return typeof next === "number" ? `Add --version ${next}, the next free one, or --force` : undefined;
}
