import type { Spread } from "../report/figures.ts";
import { type Grid, gridMarkdown, gridText } from "../report/grid.ts";
import { constant, count, figure } from "../report/numbers.ts";
import type { Distance } from "./distant.ts";
import type { StepFigures } from "./figures.ts";

export interface DistanceResult {
  /** Ms that each trip takes to what is far away. */
  distance: Distance;
  /** Journeys of each setting. */
  runs: number;
  steps: readonly StepFigures[];
}

export function tellDistance(result: DistanceResult): string {
  return [...distanceGrids(result).map(gridText), distanceNote(result)].join("\n\n");
}

export function distanceMarkdown(result: DistanceResult, machine: string): string {
  return [`${machine}.`, ...distanceGrids(result).map(gridMarkdown), distanceNote(result)].join("\n\n");
}

/** The time of each command, then what it asked of both apps. */
export function distanceGrids({ steps }: Pick<DistanceResult, "steps">): Grid[] {
  return [
    {
      names: [
        "",
        "rows written",
        "neither far, s",
        "target far, s",
        "of it on the way",
        "both far, s",
        "of it on the way",
        "trips added up, s",
      ],
      rows: steps.map(({ name, rows, seconds, share, trips }) => [
        name,
        count(rows),
        figure(seconds.near),
        figure(seconds.target),
        percent(share.target),
        figure(seconds.both),
        percent(share.both),
        figure(trips),
      ]),
    },
    {
      names: ["source + target", "requests", "D1 calls", "R2 calls", "kB"],
      rows: steps.map(({ name, source, target }) => [
        name,
        both(source.request, target.request),
        both(source.d1, target.d1),
        both(source.r2, target.r2),
        `${kilobytes(source.bytes)} + ${kilobytes(target.bytes)}`,
      ]),
    },
  ];
}

/** What the tables show, in words. */
export function distanceNote({ distance, runs, steps }: DistanceResult): string {
  const { d1, r2, request } = distance;
  const how = `Far away, each D1 call takes ${d1} ms longer, each R2 call ${r2} and each request ${request}; seconds are ${runs === 1 ? "of one run" : `medians of ${runs} runs`}.`;
  const [first] = steps;
  const ordered = steps.toSorted((a, b) => a.share.both - b.share.both);
  const [least, most] = [ordered[0], ordered.at(-1)];
  if (first === undefined || least === undefined || most === undefined) return how;
  const { near, target, both } = first.seconds;
  return [
    how,
    "On the way is the time in which at least one trip of either app was: what distance costs at the most, for the other app or the command may have worked meanwhile. It is looked at in the far runs themselves, so a busy machine makes it a smaller part and not a larger one.",
    `The first push takes ${figure(near)} s where nothing is far, ${figure(target)} s from a laptop to a production that is, and ${figure(both)} s between two apps that both are.`,
    `Distance is the least part of the time in “${least.name}” (${percent(least.share.both)} with both far), the largest in “${most.name}” (${percent(most.share.both)}).`,
    "“Trips added up” is what all trips of both apps would take one behind another.",
  ].join(" ");
}

const both = (source: Spread, target: Spread) => `${constant(source)} + ${constant(target)}`;

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** The median: a timestamp more or less in an answer is no news. */
function kilobytes({ median }: Spread): string {
  return figure(median / 1e3);
}
