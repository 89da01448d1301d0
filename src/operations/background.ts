import { FerryError } from "../errors.ts";
import type { RunRequest } from "../sync/run/index.ts";
import type { Caller } from "./caller.ts";

/** What a workflow is told of the run that it drives. */
export interface BackgroundRun extends RunRequest {
  syncKey: string;
  /** In whose name it drives the run. @default the app's own */
  caller?: Caller | undefined;
  /** The run whose changes it takes back. @default none */
  undoes?: string | undefined;
  /** The number of rows the plan may delete. @default 0: a workflow confirms nothing by itself */
  expectDeletes?: number | undefined;
  /** The number of rows the plan may update. @default any */
  expectUpdates?: number | undefined;
}

/** The part of a Workflows binding that is used. */
export interface WorkflowLike {
  /** Rejects where an instance has the id already. */
  create(options: { id: string; params: BackgroundRun }): Promise<{ id: string }>;
  /** Rejects where there is no such instance. */
  get(id: string): Promise<{ status(): Promise<{ status: string }> }>;
}

/** Over; such an instance does nothing more. */
const OVER = new Set(["complete", "errored", "terminated"]);

/**
 * Starts a workflow that drives the run to its end, and answers its instance's id. A run has one at a
 * time, so a repeated call finds the one that the first call started. Two would do no harm, only twice
 * the asking.
 */
export async function handOver(workflow: WorkflowLike | null, run: BackgroundRun): Promise<string> {
  if (workflow === null) throw noWorkflow();
  const { syncKey } = run;
  try {
    return (await workflow.create({ id: syncKey, params: run })).id;
  } catch (cause) {
    const state = await stateOf(workflow, syncKey);
    if (state === null) throw failed(cause);
    if (!OVER.has(state)) return syncKey;
  }
  try {
    const id = `${syncKey}-${Date.now().toString(36)}`;
    return (await workflow.create({ id, params: run })).id;
  } catch (cause) {
    throw failed(cause);
  }
}

async function stateOf(workflow: WorkflowLike, id: string): Promise<string | null> {
  try {
    const instance = await workflow.get(id);
    return (await instance.status()).status;
  } catch {
    return null;
  }
}

function noWorkflow(): FerryError {
  return new FerryError("NOT_CONFIGURED", "This app has no workflow that could drive the sync", {
    hint: 'Leave out "background" (--background) and drive it yourself; or give the app a Workflows binding with the class of d1-ferry/workflow.',
  });
}

function failed(cause: unknown): FerryError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FerryError("INTERNAL", `The workflow could not be started: ${message}`, {
    hint: 'Run the same call again, or leave out "background" (--background) and drive the sync yourself.',
    transient: true,
    cause,
  });
}
