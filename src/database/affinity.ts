export type Affinity = "integer" | "text" | "none" | "real" | "numeric";

export interface AffinityOptions {
  /** The column is of a STRICT table. @default false */
  strict?: boolean;
}

/** A declared type's affinity, by SQLite's five rules (sqlite.org/datatype3.html#determination_of_column_affinity). */
export function affinityOf(declaredType: string, { strict = false }: AffinityOptions = {}): Affinity {
  const type = declaredType.toUpperCase();
  if (strict && type === "ANY") return "none";
  if (type.includes("INT")) return "integer";
  if (type.includes("CHAR") || type.includes("CLOB") || type.includes("TEXT")) return "text";
  if (type === "" || type.includes("BLOB")) return "none";
  if (type.includes("REAL") || type.includes("FLOA") || type.includes("DOUB")) return "real";
  return "numeric";
}

/** A type that gives a column this affinity. */
export const TYPE_OF_AFFINITY: Readonly<Record<Affinity, string>> = {
  integer: "INTEGER",
  real: "REAL",
  numeric: "NUMERIC",
  text: "TEXT",
  none: "BLOB",
};
