/** Milliseconds for which a driver that is not heard of keeps its lock. */
export const LEASE_MS = 10_000;

/** How far ahead of ours another driver's clock may be, milliseconds. */
const CLOCK_AHEAD = 10_000;

/**
 * True in SQL while a driver has the lock; `now` is the SQL of our clock. A lease that ends later than any
 * may was made by a clock that is wrong, and is none: it would keep everybody away for as long as that clock is ahead.
 */
export function isHeld(now: string): string {
  return `(lease_until > ${now} AND lease_until <= ${now} + ${LEASE_MS + CLOCK_AHEAD})`;
}

/** The same of a lease that was read. */
export function holds(leaseUntil: number, now: number): boolean {
  return leaseUntil > now && leaseUntil <= now + LEASE_MS + CLOCK_AHEAD;
}
