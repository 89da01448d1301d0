import type { StagedTable } from "../stage/index.ts";

/** Tables ordered so that each comes before those it references; a cycle is broken anywhere. */
export function childrenFirst(tables: readonly StagedTable[]): StagedTable[] {
  const byName = new Map(tables.map((staged) => [staged.table.name, staged]));
  const order: StagedTable[] = [];
  const seen = new Set<string>();
  const visit = (staged: StagedTable) => {
    if (seen.has(staged.table.name)) return;
    seen.add(staged.table.name);
    for (const { parent } of staged.table.foreignKeys) {
      const known = byName.get(parent);
      if (known !== undefined) visit(known);
    }
    order.push(staged);
  };
  for (const staged of tables) visit(staged);
  return order.reverse();
}
