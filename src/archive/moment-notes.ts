import type { Moment } from "./types.ts";

/** What is told of an archive that may not be of one moment; nothing of one that is, or of which nobody knows. */
export function momentNotes(moment: Moment | null): string[] {
  if (moment === null || moment.is === "one") return [];
  const span = `between ${timeOf(moment.from)} and ${timeOf(moment.to)} UTC`;
  if (moment.is === "unchanged") {
    return [
      `of one moment only as far as two readings ${span} tell, which found the same: something was written meanwhile`,
    ];
  }
  const { moved } = moment;
  const which = moved === undefined || moved.length === 0 ? "the database" : moved.join(", ");
  return [
    `not of one moment: ${which} changed ${span} while being read, so rows that belong together may not fit. Export again when the app writes less`,
  ];
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
