/** A wrangler file's configuration, or that of one of its environments. */
export type WranglerConfig = Readonly<Record<string, unknown>>;

/** The entries of a list of it, such as d1_databases, in its order; none where there is no such list. */
export function entriesIn(config: WranglerConfig | undefined, list: string): Record<string, unknown>[] {
  const entries = config?.[list];
  return Array.isArray(entries) ? entries.filter((entry) => typeof entry === "object" && entry !== null) : [];
}
