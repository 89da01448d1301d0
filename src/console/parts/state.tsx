import type { Child } from "hono/jsx";
import { plural } from "../../numbers.ts";

/** How a run stands, in form and colour and word. */
export type State = "done" | "going" | "waiting" | "refused" | "failed" | "undone" | "unknown";

const WORDS: Readonly<Record<State, string>> = {
  done: "completed",
  going: "under way",
  waiting: "waits for you",
  refused: "refused",
  failed: "failed",
  undone: "undone",
  unknown: "not synced",
};

/** Each state has a shape of its own: a disc with a tick, a half disc, a ring, a bar, a cross, an arrow back, a dot. */
const SHAPES: Readonly<Record<State, Child>> = {
  done: (
    <>
      <circle cx="8" cy="8" r="8" />
      <path class="on" d="M4.4 8.3l2.4 2.4 4.8-5.2" />
    </>
  ),
  going: (
    <>
      <circle class="ring" cx="8" cy="8" r="7" />
      <path d="M8 1a7 7 0 0 1 0 14z" />
    </>
  ),
  waiting: (
    <>
      <circle class="ring" cx="8" cy="8" r="7" />
      <circle cx="8" cy="8" r="2.5" />
    </>
  ),
  refused: (
    <>
      <circle class="ring" cx="8" cy="8" r="7" />
      <path class="stroke" d="M4.5 8h7" />
    </>
  ),
  failed: (
    <>
      <path d="M8 .6 15.6 14.6H.4z" />
      <path class="on" d="M8 5.5v4.2M8 12v.4" />
    </>
  ),
  undone: <path class="stroke" d="M5.5 3 2 6.5 5.5 10M2.4 6.5H10a4 4 0 0 1 0 7H6" />,
  unknown: <circle class="ring" cx="8" cy="8" r="3.5" />,
};

/** @param word - in place of the state's own */
export function StateMark({ state, word = WORDS[state] }: { state: State; word?: string }) {
  return (
    <span class={`state ${state}`}>
      <Shape state={state} />
      <span>{word}</span>
    </span>
  );
}

function Shape({ state }: { state: State }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {SHAPES[state]}
    </svg>
  );
}

/** How well something is. */
export type Level = "good" | "notice" | "bad";

const LEVELS: Readonly<Record<Level, { state: State; word: string }>> = {
  good: { state: "done", word: "fine" },
  notice: { state: "refused", word: "look at this" },
  bad: { state: "failed", word: "wrong" },
};

/** The form and colour of a check, its word for who does not see them. */
export function LevelMark({ level }: { level: Level }) {
  const { state, word } = LEVELS[level];
  return (
    <span class={`state ${state}`}>
      <Shape state={state} />
      <span class="unseen">{word}: </span>
    </span>
  );
}

/** Such as "undone, but for 3 rows": what an undo left alone is not taken back. */
function butFor(left: Standing["left"]): string {
  const rows = (left?.edited ?? 0) + (left?.held ?? 0);
  return rows === 0 ? "" : `, but for ${plural(rows, "row")}`;
}

interface Standing {
  phase: string;
  dropped?: boolean;
  partly?: boolean;
  undoneBy?: string | null;
  unchanged?: true;
  left?: { edited: number; held: number };
}

/** How a run of the history stands. */
export function stateOf({ phase, dropped, undoneBy }: Standing): State {
  if (phase === "completed") return undoneBy ? "undone" : "done";
  if (phase === "refused") return "refused";
  if (phase === "failed" || dropped) return "failed";
  return phase === "planned" ? "waiting" : "going";
}

/** Its word, where the state's own says too little. */
export function wordOf(run: Standing): string | undefined {
  const state = stateOf(run);
  if (run.partly && state !== "done" && state !== "undone") return "half applied";
  if (state === "failed" && run.dropped && run.phase !== "failed") return "given up";
  if (state === "done" && run.unchanged) return "nothing to do";
  if ((state === "done" || state === "undone") && butFor(run.left) !== "")
    return `${WORDS[state]}${butFor(run.left)}`;
  return undefined;
}
