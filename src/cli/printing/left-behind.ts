import type { DropAnswer } from "../../client/answers.ts";
import { figure, lossFigure } from "./figures.ts";
import type { Block } from "./layout/block.ts";
import { printable } from "./printable.ts";

/** What a run that was given up before its end has written, a line a table. */
export function leftBehindLines(rows: NonNullable<DropAnswer["leaves"]>): Block[] {
  const cells = Object.entries(rows).map(([name, { inserted, updated, deleted }]) => [
    printable(name),
    figure(inserted),
    figure(updated),
    lossFigure(deleted),
  ]);
  if (cells.length === 0) return [];
  const titles = ["inserted", "updated", "deleted"].map((title) => ({ title, align: "right" as const }));
  return [{ columns: [{ title: "written", long: "cut" }, ...titles], rows: cells, indent: 2 }];
}
