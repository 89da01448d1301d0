import { describe, expect, test } from "vitest";
import { readAhead } from "../../src/frames/read-ahead.ts";

/** Says when each item is made, and when the source is ended. */
async function* source(count: number, log: string[], failAt = Infinity): AsyncGenerator<number> {
  try {
    for (let i = 1; i <= count; i++) {
      await Promise.resolve();
      if (i === failAt) throw new Error(`no ${i}`);
      log.push(`made ${i}`);
      yield i;
    }
  } finally {
    log.push("ended");
  }
}

const later = () => new Promise((resolve) => setTimeout(resolve, 1));

describe("Reading ahead", () => {
  test("makes the next item while one is used, in order, and no more than that", async () => {
    const log: string[] = [];
    for await (const item of readAhead(source(3, log))) {
      await later();
      log.push(`used ${item}`);
    }
    expect(log).toEqual(["made 1", "made 2", "used 1", "made 3", "used 2", "ended", "used 3"]);
  });

  test("throws what the source throws behind the items before it", async () => {
    const log: string[] = [];
    const read = async () => {
      for await (const item of readAhead(source(3, log, 3))) {
        await later();
        log.push(`used ${item}`);
      }
    };
    await expect(read()).rejects.toThrow("no 3");
    expect(log).toEqual(["made 1", "made 2", "used 1", "ended", "used 2"]);
  });

  test("ends the source of a caller that stops", async () => {
    const log: string[] = [];
    for await (const item of readAhead(source(9, log))) if (item === 2) break;
    expect(log).toEqual(["made 1", "made 2", "made 3", "ended"]);
  });
});
