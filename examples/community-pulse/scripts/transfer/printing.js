const number = new Intl.NumberFormat("en");
const WIDTH = 12;

export const count = (value) => number.format(value);
/** "1 row", "2 rows". */
export const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
export const megabytes = (bytes) => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** A step of the way. On a terminal the line shows where it stands and is overwritten; elsewhere only its end. */
export function startStep(name) {
  const label = name.padEnd(WIDTH);
  const live = process.stderr.isTTY === true;
  return {
    update: (text) => live && process.stderr.write(`\r\x1b[2K${label}${text}`),
    end(text) {
      if (live) process.stderr.write("\r\x1b[2K");
      console.log(label + text);
    },
  };
}

const COLUMNS = ["attempted", "inserted", "updated", "unchanged", "deleted", "skipped"];

/** Rows a table, as the plan foresees or the sync did them. */
export function printResults(results) {
  const tables = Object.keys(results);
  const width = Math.max(...tables.map((table) => table.length), 5) + 2;
  const line = (cells) => cells.map((cell) => String(cell).padStart(11)).join("");
  console.log(`\n${"table".padEnd(width)}${line(COLUMNS)}`);
  for (const table of tables) {
    console.log(`${table.padEnd(width)}${line(COLUMNS.map((column) => count(results[table][column])))}`);
  }
  console.log();
}
