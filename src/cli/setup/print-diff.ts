import { structuredPatch } from "diff";
import type { FileChange } from "./file-change.ts";

/** What changes, line by line, as in a unified diff. Of a file with secrets only the lines that are new, without their values. */
export function diffLines(change: FileChange): string[] {
  const { path, before, after, secret } = change;
  const from = before === null ? "/dev/null" : `a/${path}`;
  return [
    `--- ${from}`,
    `+++ b/${path}`,
    ...(secret ? newLines(before ?? "", after) : hunks(before ?? "", after)),
  ];
}

function hunks(before: string, after: string): string[] {
  const { hunks } = structuredPatch("", "", plain(before), plain(after));
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldLines === 0 ? 0 : oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}

/** A terminal shows line endings as they are anyway. */
function plain(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** Nothing of the file as it was is shown: what stands beside the new lines may be anybody's secret. */
function newLines(before: string, after: string): string[] {
  return after
    .slice(before.length)
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => `+${line.replace(/^(\w*TOKEN\w*=).*/, "$1… (not shown)")}`);
}
