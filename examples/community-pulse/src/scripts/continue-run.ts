import { type FerryClient, FerryError, type SyncAnswer } from "d1-ferry/client";

export type Plan = NonNullable<SyncAnswer["plan"]>;
export type Results = NonNullable<SyncAnswer["results"]>;

/** What somebody who continues a run sees and decides. */
export interface RunView {
  /** `fraction` null: nobody knows how much it is. */
  progress(text: string, fraction: number | null): void;
  /** True when the plan is to be carried out. */
  confirm(plan: Plan, notes: readonly string[]): Promise<boolean>;
  /** `results` null: it was completed elsewhere. */
  completed(results: Results | null, message: string): void;
  declined(): void;
}

/**
 * Drives a run to its end from this tab, whoever began it: plan, confirm, apply, verify. What was asked for
 * is kept with the run. A tab that is closed harms nothing; the run can be continued, from here or anywhere.
 */
export async function continueRun(
  client: FerryClient,
  syncKey: string,
  view: RunView,
  signal: AbortSignal,
): Promise<void> {
  const tell = ({ phase, progress }: SyncAnswer) => {
    const { recordsProcessed, totalRecords } = progress;
    const of = totalRecords ? ` of ${count(totalRecords)}` : "";
    view.progress(
      `${phase}: ${count(recordsProcessed)}${of} rows`,
      totalRecords ? recordsProcessed / totalRecords : null,
    );
  };
  const options = { onProgress: tell, signal };
  try {
    view.progress("asking where it stands", null);
    const { status, plan } = await client.status(syncKey, { signal });
    // Rows that are being written were confirmed; everything else is planned anew and asked for.
    let confirmed = status === "applying" || status === "verifying" ? (plan ?? null) : null;
    if (confirmed === null) {
      view.progress("planning", null);
      const planned = await client.sync({ syncKey, dryRun: true }, options);
      if (planned.status === "completed") return view.completed(planned.results, planned.message);
      confirmed = planned.plan ?? null;
      if (confirmed === null) throw new Error("The app answered a plan without its numbers");
      if (!(await view.confirm(confirmed, planned.notes))) return view.declined();
    }
    view.progress("applying", null);
    const done = await client.sync({ syncKey, expectDeletes: deletesOf(confirmed) }, options);
    view.completed(done.results, done.message);
  } catch (error) {
    if (!isOwnCompletion(error, syncKey)) throw error;
    const { results, message } = await client.status(syncKey, { signal });
    view.completed(results, message);
  }
}

/** Another driver was faster, or the answer was lost on its way. */
function isOwnCompletion(error: unknown, key: string): boolean {
  return error instanceof FerryError && error.code === "ALREADY_SYNCED" && error.details?.syncKey === key;
}

export function deletesOf(plan: Plan): number {
  return Object.values(plan.tables).reduce((sum, { deleted }) => sum + deleted, 0);
}

const numbers = new Intl.NumberFormat("en");

export function count(n: number): string {
  return numbers.format(n);
}
