import type { FunctionTimes } from "../measure/profile.ts";
import type { Share } from "./share.ts";

/** What the Worker's functions are busy with, the first match counts. Natives have no address. */
const WORK: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["not JavaScript", /^\((program|idle|root)\) /],
  ["garbage collection", /^\(garbage collector\) /],
  ["gzip", /internal_zlib|^crc32 $/],
  ["sha256", /^digest $/],
  ["D1's client: JSON to and fro", /cloudflare-internal:d1-api|^(text|json|fetch) $/],
  ["UTF-8", /^(decode|encode|encodeInto) $/],
  ["the bench itself", /^(statementKind|timed|enter|follow) /],
  ["d1-ferry: rows read, turned and written", /./],
];

/** Milliseconds of JavaScript by what they were for. */
export function javascriptShares(times: FunctionTimes): Share[] {
  const shares = new Map<string, number>();
  for (const [name, ms] of times) {
    const work = WORK.find(([, pattern]) => pattern.test(name))?.[0];
    if (work !== undefined) shares.set(work, (shares.get(work) ?? 0) + ms);
  }
  shares.delete("not JavaScript");
  return [...shares].map(([name, ms]) => ({ name, ms }));
}
