import type { RowDifference } from "../../diff/index.ts";
import { asPlannedRow } from "./compare.ts";
import { printRows } from "./print-rows.ts";
import type { Session } from "./session.ts";

/** Prints rows that differ, so many of each table at the most. */
export class DifferingRows {
  readonly #limit: number;
  readonly #json: boolean;
  readonly #session: Pick<Session, "world">;
  readonly #met = new Map<string, number>();

  constructor({ limit, json }: { limit: number; json: boolean }, session: Pick<Session, "world">) {
    this.#limit = limit;
    this.#json = json;
    this.#session = session;
  }

  async print(row: RowDifference): Promise<void> {
    const met = (this.#met.get(row.table) ?? 0) + 1;
    this.#met.set(row.table, met);
    if (met <= this.#limit) await printRows(oneOf(asPlannedRow(row)), { json: this.#json }, this.#session);
  }

  /** Of each table that has more rows than were printed: how many more. */
  get left(): { table: string; rows: number }[] {
    return [...this.#met].flatMap(([table, met]) =>
      met > this.#limit ? [{ table, rows: met - this.#limit }] : [],
    );
  }
}

async function* oneOf<T>(row: T): AsyncGenerator<T[]> {
  yield [row];
}
