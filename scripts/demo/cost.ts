/** R2's prices, dollars (developers.cloudflare.com/r2/pricing). */
const CLASS_A_MILLION = 4.5;
const CLASS_B_MILLION = 0.36;
const GB_MONTH = 0.015;

export interface BucketUse {
  /** Operations of the requests that store something. All are priced as writes, though some of them read. */
  writes: number;
  /** Operations of the requests that only read. */
  reads: number;
  /** Bytes that stay in the bucket. */
  stored: number;
}

export interface Cost {
  classA: number;
  classB: number;
  /** A month of storage. */
  storage: number;
  total: number;
}

/** What the operations cost, in dollars, before R2's free tier and before it rounds a month's sum up. */
export function costOf({ writes, reads, stored }: BucketUse): Cost {
  const classA = (writes * CLASS_A_MILLION) / 1e6;
  const classB = (reads * CLASS_B_MILLION) / 1e6;
  const storage = (stored * GB_MONTH) / 1e9;
  return { classA, classB, storage, total: classA + classB + storage };
}

/** The same as lines of arithmetic. */
export function costLines(use: BucketUse): string[] {
  const { classA, classB, storage, total } = costOf(use);
  const dollars = (value: number) => `$${value.toFixed(7)}`;
  return [
    `${use.writes} class A x $${CLASS_A_MILLION.toFixed(2)}/million = ${dollars(classA)}`,
    `${use.reads} class B x $${CLASS_B_MILLION.toFixed(2)}/million = ${dollars(classB)}`,
    `${(use.stored / 1e6).toFixed(2)} MB x $${GB_MONTH}/GB-month  = ${dollars(storage)}`,
    `together ${dollars(total)}: a dollar pays ${Math.floor(1 / total).toLocaleString("en-US")} such pushes`,
  ];
}
