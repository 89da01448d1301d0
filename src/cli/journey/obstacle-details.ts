import type { ComparedPlace } from "../../diff/index.ts";
import { addColumn } from "../../sync/schema/index.ts";
import type { ConnectedPlace } from "./compared-place.ts";
import type { Obstacle } from "./obstacle.ts";
import { schemasOf } from "./source-schemas.ts";

/** What a hint goes by: of a column that an app's table lacks also how it gets there. */
export async function obstacleDetails(
  { is, tables, column }: Obstacle,
  { source, to }: { source: ComparedPlace; to: ConnectedPlace },
): Promise<Record<string, unknown>> {
  const details = { obstacle: is, tables, target: to.kind };
  const [table = ""] = tables;
  if (column === undefined || to.kind !== "app") return details;
  const lacking = (await schemasOf(source)).get(table)?.columns.find(({ name }) => name === column);
  return lacking === undefined ? details : { ...details, addColumn: addColumn(table, lacking) };
}
