import type { LogEntry } from "../bucket/log.ts";

/**
 * What happened: a dry run that was planned, a sync that was applied, an undo, an export, an upload, cells that were
 * handed out, a key that was dropped, a prune; a call that was refused or failed, and one that its caller may not make.
 */
export type FerryEventType =
  | "planned"
  | "applied"
  | "undone"
  | "exported"
  | "uploaded"
  | "read"
  | "dropped"
  | "pruned"
  | "refused"
  | "failed"
  | "denied";

/** One event for the app's own log: plain JSON, without a cell and without a secret. */
export interface FerryEvent {
  type: FerryEventType;
  /** Milliseconds since 1970. */
  at: number;
  /** Whose call it was: "token:ci", "app:ada", "scheduled"; null of a stranger. */
  who: string | null;
  /** The address that the platform saw it come from; null where it says none. */
  from: string | null;
  /** The call, by its name in the API, or "unknown". */
  did: string;
  /** The run, export or upload that it was about. */
  key: string | null;
  /** Why it was denied or refused, or why it failed. */
  code: string | null;
  version: number | null;
  mode: string | null;
  /** Of all tables together: `tables`, `rows`, `inserted`, `bytes` and so on, as far as they are known. */
  counts: Record<string, number>;
  /** Of a sync or an undo that one call ended: whether all its rows were read back. */
  verified?: boolean;
}

/** The app's own handler. What it answers, throws or rejects with changes nothing. */
export type EventHandler = (event: FerryEvent) => unknown;

/** The handler as a call that neither throws nor is waited for. */
export function tellHost(handler: EventHandler | undefined): (event: FerryEvent) => void {
  return (event) => {
    void tell(handler, event);
  };
}

async function tell(handler: EventHandler | undefined, event: FerryEvent): Promise<void> {
  try {
    await handler?.(event);
  } catch {
    // The app's logging is the app's own: what was done is done, and answered.
  }
}

const COMPLETED: Readonly<Record<string, FerryEventType>> = {
  export: "exported",
  download: "read",
  rows: "read",
  compare: "read",
  diff: "read",
  upload: "uploaded",
  complete: "uploaded",
  sync: "applied",
  undo: "undone",
  drop: "dropped",
  prune: "pruned",
};

/** What the record says of a call that ended, as an event. */
export function eventOf(entry: LogEntry): FerryEvent {
  const { at, who, from, did, key, code, version, mode, counts } = entry;
  return { type: typeOf(entry), at, who, from, did, key, code, version, mode, counts: { ...counts } };
}

function typeOf({ did, outcome, code }: LogEntry): FerryEventType {
  if (code === "FORBIDDEN") return "denied";
  return outcome === "completed" ? (COMPLETED[did] ?? "failed") : outcome;
}

/** Somebody who is nobody here, or whose login another site's page used. */
export function deniedStranger({ code, from }: Pick<FerryEvent, "code" | "from">): FerryEvent {
  const nothing = { key: null, version: null, mode: null, counts: {} };
  return { type: "denied", at: Date.now(), who: null, from, did: "unknown", code, ...nothing };
}
