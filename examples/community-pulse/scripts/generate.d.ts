export type TableName =
  | "authors"
  | "content_items"
  | "engagement_snapshots"
  | "insight_generations"
  | "insights"
  | "roundups"
  | "roundup_items";

export type GeneratedRow = Record<string, string | number | null>;

export const COUNTS: Readonly<Record<TableName, number>>;

export function generate(options?: {
  scale?: number;
  seed?: number;
}): Generator<{ table: TableName; rows: GeneratedRow[] }>;
