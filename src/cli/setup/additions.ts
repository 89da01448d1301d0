/** What a wrangler file lacks. Binding lists and flags get one element more; a setting is new. */
export type Addition =
  | { kind: "setting"; key: string; value: string }
  | { kind: "flag"; key: string; value: string }
  | { kind: "binding"; key: string; value: Readonly<Record<string, string>>; remarks?: Remarks };

/** By a binding's member: a comment behind its line, where the file may have comments. */
export type Remarks = Readonly<Record<string, string>>;

/** What the file is to say. */
export function withAdditions(
  config: Readonly<Record<string, unknown>>,
  additions: readonly Addition[],
): Record<string, unknown> {
  const result = { ...config };
  for (const { kind, key, value } of additions) {
    const had = result[key];
    result[key] = kind === "setting" ? value : [...(Array.isArray(had) ? had : []), value];
  }
  return result;
}

/** Are they the same to whoever reads the file? */
export function saysTheSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner === "bigint") return `${inner}n`;
    // Flags are a set.
    if (Array.isArray(inner)) return key === "compatibility_flags" ? inner.map(String).sort() : inner;
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
