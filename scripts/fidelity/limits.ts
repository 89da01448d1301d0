/** What d1-ferry is known not to carry, by case, and why. Any other cell of its own has to be ✓. */
export const KNOWN_LIMITS: Readonly<Record<string, string>> = {
  "fk-dangling":
    "D1 enforces foreign keys, always: a row that points at nothing has no place there. The run is refused before anything is written.",
  "fts5-content-none-detail":
    "A contentless FTS5 table (`content=''`) is made again from the terms of its index. With `detail=none`, `detail=column` or `columnsize=0` the index does not say where they stand: the table arrives, empty, and the export says so.",
  rtree:
    "D1 does not have R\\*Trees. The export refuses the table by name, and `--exclude` leaves it behind.",
};
