/** A key as SQL that gives JSON, for messages: blobs in hex. */
export function keyJson(columns: readonly string[], cell: (column: string) => string): string {
  const parts = columns.map(
    (name) => `CASE typeof(${cell(name)}) WHEN 'blob' THEN hex(${cell(name)}) ELSE ${cell(name)} END`,
  );
  return `json_array(${parts.join(", ")})`;
}
