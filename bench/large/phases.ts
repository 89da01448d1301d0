import type { Visit } from "../worker/visits.ts";

export interface Phase {
  name: "export" | "download" | "upload" | "sync";
  seconds: number;
  invocations: number;
}

/** A push as both apps saw it. A phase lasts from its first request to the next phase's first. */
export function phasesOf(source: readonly Visit[], target: readonly Visit[]): Phase[] {
  const exports = source.filter(({ what }) => what === "export");
  const downloads = source.filter(({ what }) => what === "download");
  const uploads = target.filter(({ what }) => what.startsWith("upload"));
  const syncs = target.filter(({ what }) => what === "sync");
  const groups = [
    { name: "export", visits: exports },
    { name: "download", visits: downloads },
    { name: "upload", visits: uploads },
    { name: "sync", visits: syncs },
  ] as const;
  return groups.map(({ name, visits }, i) => {
    const starts = visits.map(({ startedAt }) => startedAt);
    const end = groups[i + 1]?.visits[0]?.startedAt ?? Math.max(...visits.map(({ endedAt }) => endedAt));
    return { name, seconds: (end - Math.min(...starts)) / 1000, invocations: visits.length };
  });
}
