import { keyText, type ShownCell } from "../../../cell-text.ts";
import { plural } from "../../../numbers.ts";
import { Shown } from "../../parts/rows.tsx";
import { Foreign, Moment, Name } from "../../parts/text.tsx";
import type { Opened } from "./opened.ts";

type Merged = NonNullable<Opened["status"]["merged"]>;
type Conflict = Merged["conflicts"]["first"][number];

/** What became of edits on both sides, where the command that sent the rows knows of an earlier exchange. */
export function BothSides({ status: { merged } }: Pick<Opened, "status">) {
  if (merged === undefined) return null;
  const { since, kept, conflicts } = merged;
  const rows = kept.reduce((sum, one) => sum + one.rows, 0);
  return (
    <section class="card" aria-labelledby="both-sides">
      <h2 id="both-sides">Edits on both sides</h2>
      {since !== null && (
        <p class="small soft">
          Since the two databases last exchanged rows, <Moment ms={since} />.
        </p>
      )}
      {rows > 0 && (
        <p>
          {plural(rows, "row was", "rows were")} edited only here, and {rows === 1 ? "stays" : "stay"}:{" "}
          {kept.map((one, i) => (
            <>
              {i > 0 && ", "}
              <Name text={one.table} /> ({one.rows})
            </>
          ))}
        </p>
      )}
      {conflicts.rows > 0 && <Conflicts conflicts={conflicts} />}
    </section>
  );
}

function Conflicts({ conflicts: { rows, taken, first } }: { conflicts: Merged["conflicts"] }) {
  const more = rows - first.length;
  return (
    <>
      <p>
        <strong>{plural(rows, "row was", "rows were")} edited on both sides</strong>: what{" "}
        {taken === "ours" ? "the source has is taken" : "stood here stays"}.
      </p>
      {first.length > 0 && (
        <section class="scroll" aria-label="Rows edited on both sides" tabindex={0}>
          <table class="conflicts">
            <thead>
              <tr>
                <th scope="col">Row</th>
                <th scope="col">Column</th>
                <th scope="col">Before</th>
                <th scope="col">At the source</th>
                <th scope="col">Here</th>
              </tr>
            </thead>
            <tbody>{first.map((one) => linesOf(one, taken))}</tbody>
          </table>
        </section>
      )}
      {more > 0 && (
        <p class="small soft">
          {first.length === 0
            ? "Who may read sees the first of them."
            : `and ${plural(more, "more row", "more rows")}.`}
        </p>
      )}
    </>
  );
}

function linesOf({ table, key, is, cells = [] }: Conflict, taken: "ours" | "theirs") {
  const name = (lines: number) => (
    <th scope="rowgroup" rowspan={lines}>
      <Name text={table} /> <Foreign text={keyText(key)} />
    </th>
  );
  if (cells.length === 0) {
    return (
      <tr>
        {name(1)}
        <td class="soft" colspan={2}>
          the row
        </td>
        <td data-name="At the source">
          {marked(is === "deleted-at-source" ? "deleted" : "edited", taken === "ours")}
        </td>
        <td data-name="Here">
          {marked(is === "deleted-at-target" ? "deleted" : "edited", taken === "theirs")}
        </td>
      </tr>
    );
  }
  return cells.map(({ column, base, ours, theirs }, i) => (
    <tr>
      {i === 0 && name(cells.length)}
      <td>
        <Foreign text={column} />
      </td>
      <td data-name="Before">
        {base === undefined ? (
          <span class="soft">{is === "added" ? "no row" : "not known"}</span>
        ) : (
          shown(base)
        )}
      </td>
      <td data-name="At the source">{marked(shown(ours), taken === "ours")}</td>
      <td data-name="Here">{marked(shown(theirs), taken === "theirs")}</td>
    </tr>
  ));
}

const shown = (cell: ShownCell) => (
  <span class="mono">
    <Shown cell={cell} />
  </span>
);

/** The one that is taken is told by more than its colour. */
function marked(what: unknown, isTaken: boolean) {
  return isTaken ? (
    <>
      <ins>{what}</ins> <span class="unseen">(taken)</span>
    </>
  ) : (
    <del>{what}</del>
  );
}
