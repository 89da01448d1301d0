import type { Cell, Row } from "../../archive/types.ts";
import {
  type ComparedPlaces,
  comparePlaces,
  differingColumns,
  keyByColumn,
  type RowDifference,
} from "../../diff/index.ts";
import { count } from "../../numbers.ts";
import type { PlannedRow } from "../../sync/run/index.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { type Connections, connect } from "../places/connect.ts";
import { requireOneOther } from "../places/credentials.ts";
import { type Place, placeName } from "../places/place.ts";
import { type ConnectedPlace, withComparedPlaces } from "./compared-place.ts";
import { lackedTable } from "./lacked-table.ts";
import { RowConditions, type TableCondition } from "./row-conditions.ts";
import type { Session } from "./session.ts";

export interface Comparison {
  left: Place;
  right: Place;
  choice: Pick<TableChoice, "tables" | "exclude" | "include" | "all">;
  /** Of these tables only rows are told that meet the condition in either place. @default all rows */
  where?: readonly TableCondition[] | undefined;
  /** Called with each row that differs. */
  onRow?: ((row: RowDifference) => void | Promise<void>) | undefined;
  /** Ends with one table before the next one begins. @default several at once, which is quicker */
  tableByTable?: boolean | undefined;
}

/** Compares two places. Nothing is written in either. */
export async function compare(
  { left, right, choice, where = [], onRow, tableByTable = false }: Comparison,
  session: Session & Connections,
): Promise<ComparedPlaces> {
  const { world, printer, settings } = session;
  requireOneOther(
    [left, right].flatMap((place) => (place.kind === "app" ? [place.url] : [])),
    settings,
  );
  const connected = (place: Place): ConnectedPlace =>
    place.kind === "app" ? { kind: "app", app: connect(place.url, session) } : place;
  const bar = printer.progress("Comparing");
  const places = [connected(left), connected(right)] as const;
  const filter = where.length === 0 ? undefined : new RowConditions(where);
  return withComparedPlaces(places, { choice, world }, (one, other) =>
    comparePlaces(one, other, {
      schemas: true,
      whole: true,
      atOnce: tableByTable ? 1 : undefined,
      filter,
      onPaired: ({ pairs }) => filter?.prepare(pairs),
      onRow,
      onProgress(counts) {
        throwIfInterrupted(world.signal);
        bar.update(null, `${count(counts.left)} and ${count(counts.right)} rows`);
      },
    }).catch(async (error: unknown) => {
      throw await lackedTable(
        error,
        [
          { name: placeName(left), place: one },
          { name: placeName(right), place: other },
        ],
        choice,
      );
    }),
  ).finally(() => {
    bar.end();
    filter?.close();
  });
}

/** A difference as a plan lists rows: what became of the first place's row in the second. */
export function asPlannedRow(difference: RowDifference): PlannedRow {
  const { table, left, right } = difference;
  const key = keyByColumn(difference);
  const before = left === null ? null : (JSON.parse(left) as Row);
  const after = right === null ? null : (JSON.parse(right) as Row);
  if (before === null) return { is: "insert", table, key, row: after as Row };
  if (after === null) return { is: "delete", table, key, row: before };
  const columns = differingColumns(left as string, right as string);
  const cells = Object.fromEntries(
    columns.map((name): [string, [Cell, Cell]] => [name, [before[name] as Cell, after[name] as Cell]]),
  );
  return { is: "update", table, key, cells };
}

/** Both places as a person knows them. */
export const namesOf = ({ left, right }: Pick<Comparison, "left" | "right">) => ({
  left: placeName(left),
  right: placeName(right),
});
