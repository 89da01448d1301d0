import { expect, test } from "vitest";
import { waitForLock } from "../../../src/cli/targets/wait-for-lock.ts";
import { FerryError } from "../../../src/errors.ts";

const KEY = "sync-1700000000000-k3v9x0a7b2qd";

const locked = (holder: string) =>
  new FerryError("RUN_LOCKED", "Another driver works", {
    details: { lockedBy: holder, retryAfterSeconds: 0.001 },
  });

/** A clock on which each look at it is half a minute later. */
function hurriedWorld() {
  let time = 0;
  return { signal: new AbortController().signal, now: () => (time += 30_000) };
}

/** Locked by `holder` so many times, then done. */
function lockedFor(times: number, holder: string): () => Promise<string> {
  let calls = 0;
  return async () => {
    calls++;
    if (calls <= times) throw locked(holder);
    return "done";
  };
}

test("a driver of the same run is waited for as long as it moves", async () => {
  let place = 0;
  const position = async () => [place++];
  expect(await waitForLock(lockedFor(50, KEY), { key: KEY, world: hurriedWorld(), position })).toBe("done");
});

test("one that does not move is waited for longer than its lease, and not for ever", async () => {
  const still = async () => [3];
  expect(await waitForLock(lockedFor(2, KEY), { key: KEY, world: hurriedWorld(), position: still })).toBe(
    "done",
  );
  await expect(
    waitForLock(lockedFor(50, KEY), { key: KEY, world: hurriedWorld(), position: still }),
  ).rejects.toThrow(FerryError);
});

test("one that goes to and fro is not waited for for ever", async () => {
  let place = 0;
  const position = async () => [place++ % 2];
  await expect(
    waitForLock(lockedFor(1000, KEY), { key: KEY, world: hurriedWorld(), position }),
  ).rejects.toThrow(FerryError);
});

test("another run is not waited for", async () => {
  const other = "sync-1700000000001-aaaaaaaaaaaa";
  await expect(waitForLock(lockedFor(1, other), { key: KEY, world: hurriedWorld() })).rejects.toThrow(
    "Another driver",
  );
});
