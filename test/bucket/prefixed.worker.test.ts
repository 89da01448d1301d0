import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Bucket } from "../../src/bucket/port.ts";
import { r2Bucket } from "../../src/bucket/r2.ts";
import { describeBucket } from "./conformance.ts";
import { emptyBucket } from "./r2-subject.ts";

const part = (prefix: string): Bucket => r2Bucket(env.DATA_SYNC, { prefix });

describeBucket("A part of an R2 bucket", {
  async create() {
    const { bucket } = await emptyBucket();
    // What other parts hold is in nobody's way.
    for (const name of ["a", "acme", "acme-2/a", "other/acme/a"]) await bucket.put(name, new Uint8Array([1]));
    return { bucket: part("acme/") };
  },
  skip: [
    {
      reason: "R2's own rules, which r2.worker.test.ts holds it to",
      tests: ["refuses parts that are too small or unequal, when the upload completes"],
    },
  ],
});

it("A part of a bucket reads, lists and removes nothing of another", async () => {
  const { bucket } = await emptyBucket();
  const [acme, other] = [part("tenants/acme/"), part("tenants/acme-2/")];
  await acme.put("a", new Uint8Array([1]));
  await other.put("a", new Uint8Array([2, 2]));
  await other.put("b", new Uint8Array([2]));
  expect(await acme.head("b")).toBeNull();
  expect((await acme.list({ prefix: "" })).objects.map(({ name, size }) => [name, size])).toEqual([["a", 1]]);
  expect(await acme.head("../acme-2/b")).toBeNull();
  await acme.delete(["a", "b", "../acme-2/b"]);
  const left = (await bucket.list({ prefix: "" })).objects.map(({ name }) => name);
  expect(left).toEqual(["tenants/acme-2/a", "tenants/acme-2/b"]);
});

it.each(["", "/", "acme", "/acme/", "a//b/", "acme/d1-ferry/", "d1-ferry/"])("%j is no prefix", (prefix) => {
  expect(() => part(prefix)).toThrow("A bucket cannot be parted by the prefix");
});
