import { shellWord } from "../../shell-word.ts";
import type { Details } from "./refusal-hints.ts";

export const TAKES_OURS = "--on-edit=ours takes what the source has";

/** What to type where single rows cannot be sent, and rows that everything would be sent over were edited at the target. */
export function obstacleHint({ obstacle, tables, target, addColumn }: Details): string {
  const names = shellWord((Array.isArray(tables) ? tables : []).join(","));
  const leaveOut = `--exclude ${names}`;
  switch (obstacle) {
    case "column-missing":
      return target === "sqlite"
        ? `Add --migrate, which adds the column there. Or leave the table out: ${leaveOut}`
        : `Run the target's migrations first${addColumn === undefined ? "." : `, or there: ${String(addColumn)}`} Or leave the table out: ${leaveOut}`;
    case "table-missing":
      return `Run the target's migrations first, or create by itself what is missing: --tables ${names} --create. Or leave it out: ${leaveOut}. Or --create ${TAKES_OURS}`;
    default:
      return `Leave it out: ${leaveOut}. Or ${TAKES_OURS}`;
  }
}
