/** R2's prices, dollars (developers.cloudflare.com/r2/pricing). */
const CLASS_A_MILLION = 4.5;
const GB_MONTH = 0.015;

export interface BucketUse {
  /** Of requests that store something. All are priced as writes, though most of a sync's read. */
  operations: number;
  /** Bytes that stay in the bucket. */
  stored: number;
}

export interface Cost {
  operations: number;
  /** A month of storage. */
  storage: number;
  total: number;
}

/** What the operations cost, in dollars, before R2's free tier and before it rounds a month's sum up. */
export function costOf({ operations, stored }: BucketUse): Cost {
  const calls = (operations * CLASS_A_MILLION) / 1e6;
  const storage = (stored * GB_MONTH) / 1e9;
  return { operations: calls, storage, total: calls + storage };
}

/** The same as lines of arithmetic. */
export function costLines(use: BucketUse): string[] {
  const { operations, storage, total } = costOf(use);
  const dollars = (value: number) => `$${value.toFixed(7)}`;
  return [
    `${use.operations} class A x $${CLASS_A_MILLION.toFixed(2)}/million = ${dollars(operations)}`,
    `${(use.stored / 1e6).toFixed(2)} MB x $${GB_MONTH}/GB-month  = ${dollars(storage)}`,
    `together ${dollars(total)}: a dollar pays ${Math.floor(1 / total).toLocaleString("en-US")} such pushes`,
  ];
}
