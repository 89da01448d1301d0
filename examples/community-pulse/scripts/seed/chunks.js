/** Characters of JSON in one statement's parameter; D1 takes 2,000,000 bytes. */
const CHUNK_CHARACTERS = 500_000;

/**
 * The rows as INSERT statements with one parameter each, a JSON array of row arrays: a value bound by itself
 * would cost a hundredth of the statement's parameters, and D1 binds every number as REAL.
 */
export function* insertStatements(table, rows) {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]);
  const values = columns.map((_, index) => `value->>${index}`);
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?1)`;
  let lines = [];
  let length = 0;
  for (const row of rows) {
    const line = JSON.stringify(columns.map((column) => row[column]));
    if (length + line.length > CHUNK_CHARACTERS) {
      yield { sql, json: `[${lines.join(",")}]` };
      lines = [];
      length = 0;
    }
    lines.push(line);
    length += line.length;
  }
  yield { sql, json: `[${lines.join(",")}]` };
}
