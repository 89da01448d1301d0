import type { DropAnswer } from "../../client/answers.ts";
import { count } from "./numbers.ts";
import { printable, table } from "./table.ts";

/** What a run that was given up before its end has written, a line a table. */
export function leftBehindLines(rows: NonNullable<DropAnswer["leaves"]>): string[] {
  const cells = Object.entries(rows).map(([name, { inserted, updated, deleted }]) => [
    printable(name),
    count(inserted),
    count(updated),
    count(deleted),
  ]);
  if (cells.length === 0) return [];
  const titles = ["inserted", "updated", "deleted"].map((title) => ({ title, align: "right" as const }));
  return table([{ title: "written" }, ...titles], cells).map((line) => `  ${line}`);
}
