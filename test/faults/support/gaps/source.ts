import { bytesSource } from "../../../../src/archive/source.ts";
import type { ByteSource } from "../../../../src/archive/types.ts";
import { documentSource } from "../../../support/bytes.ts";
import { deltaBetween } from "../../../support/delta.ts";
import { documentOf, type GapsCase, sourceOf, targetOf } from "./case.ts";
import type { GapsGround } from "./ground.ts";
import type { Promised } from "./model.ts";
import { isSame, keyOf, type Row, type State, sqlOfRows, type TableName } from "./tables.ts";

/** What a case syncs. */
export async function makeSource(ground: GapsGround, one: GapsCase): Promise<ByteSource> {
  if (one.from === "document") return documentSource({ data: documentOf(one) });
  const archive = (state: State) => ground.archive(sqlOfRows(state), one.tables);
  const source = await archive(sourceOf(one));
  if (one.from === "archive") return source;
  const all = ({ size, read }: ByteSource) => read(0, size);
  const target = await archive(targetOf(one));
  const { bytes } = await deltaBetween(await all(source), await all(target), { frameBytes: 60, whole: true });
  return bytesSource(bytes);
}

/** What it says of its tables. */
export function promisedBy(one: GapsCase): Pick<Promised, "source" | "gone"> {
  const [source, target] = [sourceOf(one), targetOf(one)];
  const document = one.from === "document" ? documentOf(one) : null;
  const rows = new Map<TableName, readonly Row[]>();
  const gone = new Map<TableName, ReadonlySet<string>>();
  for (const table of one.tables) {
    const all = [...source[table].values()];
    if (document !== null) rows.set(table, document[table] as Row[]);
    else if (one.from === "archive" || table === "loose") rows.set(table, all);
    else {
      const changed = all.filter((row) => !isSame(row, target[table].get(keyOf(table, row)) ?? null));
      const absent = [...target[table].keys()].filter((key) => !source[table].has(key));
      if (changed.length + absent.length === 0) continue;
      rows.set(table, changed);
      gone.set(table, new Set(absent));
    }
  }
  return { source: rows, gone };
}
