/** A part of the time. */
export interface Share {
  name: string;
  ms: number;
  /** Statements, where it is SQL. */
  statements?: number;
}

/** Largest first; what is below `least` of the whole becomes one. */
export function gather(shares: readonly Share[], rest: string, least = 0.01): Share[] {
  const total = shares.reduce((sum, { ms }) => sum + ms, 0);
  const large = shares.filter(({ ms }) => ms >= total * least);
  const small = shares.filter(({ ms }) => ms < total * least);
  const sorted = large.toSorted((a, b) => b.ms - a.ms);
  if (small.length === 0) return sorted;
  const sum = (of: (share: Share) => number) => small.reduce((all, share) => all + of(share), 0);
  return [
    ...sorted,
    { name: rest, ms: sum(({ ms }) => ms), statements: sum(({ statements = 0 }) => statements) },
  ];
}
