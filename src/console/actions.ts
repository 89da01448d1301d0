import { FerryError } from "../errors.ts";
import { plural } from "../numbers.ts";
import { addUp } from "./parts/changes.tsx";
import { type RunProgress, tellPhase } from "./parts/progress.ts";
import { previewAddress } from "./views/prune.tsx";
import { addressOf, type Visit } from "./visit.ts";

/** What an action came to. The script sends the form again while `status` is "processing"; then it opens `goTo`. */
export interface Done {
  status: "completed" | "processing";
  /** Where the outcome is shown. */
  goTo: string;
  /** How far it is, for a person. */
  message?: string;
  progress?: { done: number; of: number | null };
}

/** Each form of the page, by its name in `?do=`. */
const ACTIONS: Readonly<Record<string, (visit: Visit, form: Form) => Promise<Done>>> = {
  async plan(visit, form) {
    const key = form.text("key");
    const answer = await visit.call("sync", { syncKey: key, dryRun: true, ...optionsIn(form) });
    return driven(key, answer);
  },

  async apply(visit, form) {
    const key = form.text("key");
    const deletes = Number(form.text("deletes", "0"));
    if (deletes > 0 && form.text("confirm", "").trim() !== visit.url.host) {
      throw notConfirmed(visit, key, deletes);
    }
    const plan = form.text("plan");
    const call = visit.call("sync", { syncKey: key, plan, expectDeletes: deletes });
    return call.then(
      (answer) => driven(key, answer),
      (error) => otherwise(key, error),
    );
  },

  /** Ends what was begun: rows that are being written were confirmed, everything else is planned. */
  async "go-on"(visit, form) {
    const key = form.text("key");
    const { status } = await visit.call("status", { syncKey: key });
    const confirmed = status.phase === "applying" || status.phase === "verifying";
    const { deleted } = addUp(status.plan?.tables ?? null);
    const asked = confirmed ? { expectDeletes: deleted } : { dryRun: true };
    return driven(key, await visit.call("sync", { syncKey: key, ...asked }));
  },

  async undo(visit, form) {
    const force = form.has("force") ? { force: true } : {};
    const answer = await visit.call("undo", { syncKey: form.text("key"), dryRun: true, ...force });
    return driven(answer.syncKey, answer);
  },

  async export(visit, form) {
    const answer = await visit.call("export", { newKey: form.text("newKey"), ...tablesIn(form) });
    const { status, exportKey, message, progress } = answer;
    return {
      status,
      goTo: addressOf({ view: "out", made: exportKey }),
      message: status === "completed" ? message : `${plural(progress?.recordsProcessed ?? 0, "row")} so far`,
    };
  },

  async drop(visit, form) {
    const keptRows = form.has("keptRows") ? { keptRows: true } : {};
    await visit.call("drop", { syncKey: form.text("key"), ...keptRows });
    return { status: "completed", goTo: addressOf({ view: "out" }) };
  },

  async prune(visit, form) {
    const olderThanMs = form.number("olderThanMs");
    const { more, message } = await visit.call("prune", { olderThanMs });
    return { status: more ? "processing" : "completed", goTo: previewAddress(olderThanMs), message };
  },
};

/** Does what a form asks for, as far as one request may go. Rejects as the API does, and with `UNKNOWN_OPERATION`. */
export function act(visit: Visit, name: string, sent: URLSearchParams): Promise<Done> {
  if (!Object.hasOwn(ACTIONS, name)) {
    throw new FerryError("UNKNOWN_OPERATION", "The page has no such action; nothing was done", {
      hint: "Reload the page and try again.",
    });
  }
  const action = ACTIONS[name] as (typeof ACTIONS)[string];
  return action(visit, readForm(sent));
}

interface Form {
  text(name: string, otherwise?: string): string;
  number(name: string): number;
  has(name: string): boolean;
  /** All fields of this name that say something. */
  list(name: string): string[];
}

function readForm(sent: URLSearchParams): Form {
  const text: Form["text"] = (name, otherwise) => {
    const value = sent.get(name) ?? otherwise;
    if (value !== undefined) return value;
    throw new FerryError("INVALID_REQUEST", `The form lacks "${name}"; nothing was done`, {
      hint: "Reload the page and try again.",
      details: { field: name },
    });
  };
  return {
    text,
    number: (name) => Number(text(name)),
    has: (name) => sent.has(name),
    list: (name) => sent.getAll(name).filter((one) => one !== ""),
  };
}

/** What may be chosen of a run, as the API takes it. A choice that is left out is as the run has it. */
function optionsIn(form: Form): Record<string, unknown> {
  const create = form.text("create", "");
  return {
    ...Object.fromEntries(
      ["mode", "onConflict", "keyless"].flatMap((name) => (form.has(name) ? [[name, form.text(name)]] : [])),
    ),
    ...(create === "" ? {} : { create: create === "all" ? "all" : create === "tables" }),
    ...(form.has("newVersion") ? { version: null } : {}),
    ...(form.has("force") ? { force: true } : {}),
  };
}

/** Which tables an export takes: what is ticked counts where some are to be chosen. */
function tablesIn(form: Form): Record<string, unknown> {
  const scope = form.text("scope", "usual");
  if (scope === "all") return { all: true };
  if (scope !== "chosen") return {};
  const tables = form.list("tables");
  if (tables.length > 0) return { tables };
  throw new FerryError("INVALID_REQUEST", "No table was chosen; nothing was exported", {
    hint: "Tick the tables that you want, or take the app's tables.",
    details: { field: "tables" },
  });
}

interface Driven {
  status: "completed" | "planned" | "processing";
  phase: string;
  message: string;
  progress: RunProgress;
}

function driven(key: string, { status, phase, message, progress }: Driven): Done {
  const goTo = addressOf({ run: key });
  if (status !== "processing") return { status: "completed", goTo, message };
  const { says, ...told } = tellPhase(phase, progress);
  return { status, goTo, message: says, progress: told };
}

/**
 * Where somebody else was faster: a run that they have applied is shown as what it did. Of a plan that no longer holds it
 * is said where to make another. Throws any other error.
 */
function otherwise(key: string, error: unknown): Done {
  if (!(error instanceof FerryError)) throw error;
  const { code, message, details } = error;
  if (code === "ALREADY_SYNCED" && details?.syncKey === key) {
    return { status: "completed", goTo: addressOf({ run: key }), message };
  }
  if (code !== "PLAN_STALE") throw error;
  throw new FerryError(code, message, {
    hint: "Load the page of the run again, and have another plan shown.",
    details: { ...details, syncKey: key },
    cause: error,
  });
}

function notConfirmed({ url }: Visit, syncKey: string, deletes: number): FerryError {
  return new FerryError(
    "CONFIRMATION_REQUIRED",
    `The plan deletes ${deletes} rows, and that was not confirmed`,
    {
      hint: `Type ${url.host} into the field, and apply again. Nothing was changed.`,
      details: { syncKey },
    },
  );
}
