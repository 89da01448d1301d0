import { resolve } from "node:path";
import { bytes as size } from "../../numbers.ts";
import { shellWord } from "../../shell-word.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { type Exported, exportSummary } from "../journey/export-summary.ts";
import { exportToFile } from "../journey/export-to-file.ts";
import { type ExportSource, writeArchive } from "../journey/write-archive.ts";
import { type ExportRequest, exportOptions } from "../options/run-options.ts";
import { connectOnly } from "../places/connect.ts";
import { parsePlace } from "../places/parse-place.ts";
import { placeName } from "../places/place.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface ExportCommandFlags extends ExportRequest {
  output: string;
  json?: boolean;
  fresh?: boolean;
}

export const exportCommand: Command<[string], ExportCommandFlags> = {
  name: "export",
  summary: "Write a SQLite file or an app's database as an archive.",
  arguments: [{ name: "<source>", description: "a SQLite file, or an app's address" }],
  options: [
    { flags: "-o, --output <file>", description: "the archive to write; - for stdout", required: true },
    ...exportOptions,
  ],
  examples: [
    "d1-ferry export app.sqlite -o app.json.gz",
    "d1-ferry export https://app.example.com -o backup.json.gz",
    "d1-ferry export app.sqlite -o - | gunzip | jq '.data | keys'",
  ],
  async run([text], flags, dependencies) {
    const place = await parsePlace(text, dependencies.world.cwd);
    if (place.kind === "archive") throw new UsageError(`${text} is already an archive`);
    const source: ExportSource =
      place.kind === "app" ? { kind: "app", app: connectOnly(place.url, dependencies) } : place;
    const work = { source, from: placeName(place), flags };
    return flags.output === "-" ? toStdout(work, dependencies) : toFile(work, dependencies);
  },
};

interface ExportWork {
  source: ExportSource;
  /** The source's name. */
  from: string;
  flags: ExportCommandFlags;
}

async function toStdout({ source, from, flags }: ExportWork, session: Dependencies): Promise<ExitCode> {
  const { stdout } = session.world;
  if (flags.json)
    throw new UsageError("-o - and --json both write to stdout", "Write to a file with -o FILE");
  if (stdout.isTTY) {
    throw new UsageError("An archive cannot be shown on a terminal", "Pipe it to a command, or use -o FILE");
  }
  let closed = false;
  const look = ({ code }: NodeJS.ErrnoException) => {
    closed ||= code === "EPIPE";
  };
  stdout.on("error", look);
  try {
    const { summary } = exportSummary(await writeArchive(source, { flags, output: stdout }, session));
    session.printer.done(`Exported ${summary} from ${from}`);
    return EXIT.done;
  } catch (error) {
    // `d1-ferry export -o - | head` has what it wanted: nothing to report.
    if (closed) return EXIT.outputClosed;
    throw error;
  } finally {
    stdout.off("error", look);
  }
}

async function toFile({ source, from, flags }: ExportWork, session: Dependencies): Promise<ExitCode> {
  const path = resolve(session.world.cwd, flags.output);
  const exported = await exportToFile(source, { name: flags.output, path, flags }, session);
  report(exported, { from, path }, session);
  return EXIT.done;
}

function report(
  exported: Exported & { bytes: number },
  { from, path }: { from: string; path: string },
  { printer }: Dependencies,
): void {
  const { version, stats, bytes } = exported;
  const { summary, notes } = exportSummary(exported);
  for (const note of notes) printer.line(`  ${note}`);
  printer.done(`Exported ${summary} from ${from} to ${path}: ${size(bytes)}`);
  if (/\.json$/i.test(path)) printer.line(`It is gzipped, whatever its name: gunzip < ${shellWord(path)}`);
  printer.result({ success: true, from, file: path, bytes, version, stats, notes: exported.notes });
}
