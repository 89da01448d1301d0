import * as v from "valibot";
import { FAILURE, RESULTS, ROW_LINE } from "../../src/cli/results.ts";

/** Commands whose `--rows` prints rows and nothing else. */
const ROWS_ALONE = ["diff"];

/** Throws where a command that was given `--json` printed something else than it is said to. */
export function checkResult(args: readonly string[], stdout: string): void {
  const command = args.find((word): word is keyof typeof RESULTS => Object.hasOwn(RESULTS, word)) ?? "";
  const lines = stdout.split("\n");
  if (lines.pop() !== "") throw new Error(`The last line of ${args.join(" ")} does not end: ${stdout}`);
  for (const [i, line] of lines.entries()) {
    const value: unknown = JSON.parse(line);
    const isRow = args.includes("--rows") && (ROWS_ALONE.includes(command) || i < lines.length - 1);
    const schema = v.is(v.looseObject({ error: v.string(), code: v.string() }), value)
      ? FAILURE
      : isRow
        ? ROW_LINE
        : RESULTS[command];
    const read = v.safeParse(schema as v.GenericSchema, value);
    if (read.success) continue;
    const [issue] = read.issues;
    throw new Error(
      `d1-ferry ${args.join(" ")}: ${v.getDotPath(issue) ?? "the whole"}: ${issue.message}\n${line.slice(0, 2000)}`,
    );
  }
}
