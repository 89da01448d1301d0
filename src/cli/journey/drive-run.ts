import { FerryError } from "../../errors.ts";
import { count } from "../../numbers.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { DriveOptions, DriveProgress, RunOutcome } from "../targets/target.ts";
import type { Session } from "./session.ts";
import type { TargetRun } from "./target-run.ts";

/** Drives the run with a bar, to its plan with `dryRun`, else to its end. */
export async function driveRun(
  { target, key }: Omit<TargetRun, "flags">,
  options: DriveOptions,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<RunOutcome> {
  throwIfInterrupted(world.signal);
  const label = options.dryRun ? "Planning" : "Applying";
  const bar = printer.progress(label);
  try {
    return await target.drive(key, options, (progress) => {
      const { records, totalRecords } = progress;
      bar.update(totalRecords ? records / totalRecords : null, progressText(progress, label));
    });
  } catch (error) {
    const outcome = isOwnCompletion(error, key) ? await target.completed(key) : null;
    if (outcome === null) throw error;
    return outcome;
  } finally {
    bar.end();
  }
}

function progressText({ phase, records, totalRecords, currentTable }: DriveProgress, label: string): string {
  const rows = totalRecords ? `${count(records)} of ${count(totalRecords)}` : count(records);
  const doing = phase === label.toLowerCase() ? "" : `${phase}: `;
  return `${doing}${rows} rows${currentTable === null ? "" : `, ${currentTable}`}`;
}

/** The run completed and its answer was lost: by an earlier command that was killed, or on the way. */
function isOwnCompletion(error: unknown, key: string): boolean {
  return error instanceof FerryError && error.code === "ALREADY_SYNCED" && error.details?.syncKey === key;
}

/** What a call resolves to; null where the plan deletes another number of rows than was confirmed. */
export async function unlessUnconfirmed<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof FerryError && error.code === "CONFIRMATION_REQUIRED") return null;
    throw error;
  }
}
