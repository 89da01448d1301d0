import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/cli/exit.ts";
import { askForConfirmation, askOneKey } from "../../../src/cli/prompts/ask.ts";
import {
  type ConfirmationCase,
  neededConfirmation,
  refuseWithoutConfirmation,
} from "../../../src/cli/prompts/needed-confirmation.ts";

const merge = { deletes: 0, host: "pulse.example.com", interactive: true };

const mirror = { ...merge, deletes: 21 };

describe("who has to say yes", () => {
  test("a merge asks for a y, deletes ask for the host's name", () => {
    expect(neededConfirmation(merge)).toEqual({ ask: "yes" });
    expect(neededConfirmation(mirror)).toEqual({ ask: "host" });
  });

  test("--yes is enough for a merge and not for deletes", () => {
    expect(neededConfirmation({ ...merge, interactive: false, yes: true })).toEqual({ ask: "nothing" });
    expect(neededConfirmation({ ...mirror, yes: true })).toEqual({ ask: "host" });
    const refused = () => neededConfirmation({ ...mirror, interactive: false, yes: true });
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(/deletes 21 rows/);
  });

  test("--confirm-delete confirms exactly its number", () => {
    expect(neededConfirmation({ ...mirror, interactive: false, confirmDelete: 21 })).toEqual({
      ask: "nothing",
    });
    for (const confirmDelete of [20, 22, 0]) {
      expect(() => neededConfirmation({ ...mirror, confirmDelete })).toThrow(/another number/);
    }
    expect(neededConfirmation({ ...merge, interactive: false, confirmDelete: 0 })).toEqual({
      ask: "nothing",
    });
    for (const yes of [true, false]) {
      expect(() => neededConfirmation({ ...merge, yes, confirmDelete: 21 })).toThrow(
        /deletes no rows, but --confirm-delete=21 confirms another number/,
      );
    }
  });

  test("without a terminal and without the flag it stops and names the flag", () => {
    const deletes = () => neededConfirmation({ ...mirror, interactive: false });
    expect(deletes).toThrow(expect.objectContaining({ hint: "Add --confirm-delete=21" }));
    const merges = () => neededConfirmation({ ...merge, interactive: false });
    expect(merges).toThrow(expect.objectContaining({ hint: expect.stringContaining("--yes") }));
    expect(() => refuseWithoutConfirmation({ interactive: false })).toThrow(UsageError);
    expect(() => refuseWithoutConfirmation({ interactive: false, yes: true })).not.toThrow();
  });
});

/** Typed by nobody: the input ends. */
const END = "";

describe("asking", () => {
  async function type(keys: string, one: ConfirmationCase): Promise<string> {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} });
    const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 20 });
    stderr.resume();
    const answer = askForConfirmation(neededConfirmation(one), one, {
      stdin,
      stderr,
      signal: new AbortController().signal,
    });
    setTimeout(() => (keys === END ? stdin.end() : stdin.write(keys)), 20);
    return answer;
  }

  test("y continues, anything else does not", async () => {
    expect(await type("y\r", merge)).toBe("yes");
    expect(await type("\r", merge)).toBe("no");
    expect(await type("no\r", merge)).toBe("no");
  });

  test("deletes continue with the host's whole name only", async () => {
    expect(await type("pulse.example.com\r", mirror)).toBe("yes");
    expect(await type("y\r", mirror)).toBe("no");
    expect(await type("pulse.example\r", mirror)).toBe("no");
  });

  test("Ctrl-D and an input that ends are a no, also behind half an answer", async () => {
    expect(await type("\x04", merge)).toBe("no");
    expect(await type("y\x04", merge)).toBe("no");
    expect(await type(END, merge)).toBe("no");
    expect(await type("\x04", mirror)).toBe("no");
  });

  test("one key answers whether to plan again, and an input that ends does not", async () => {
    const press = async (keys: string) => {
      const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} });
      const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 20 });
      stderr.resume();
      const answer = askOneKey("Plan again?", { stdin, stderr, signal: new AbortController().signal });
      setTimeout(() => (keys === END ? stdin.end() : stdin.write(keys)), 20);
      return answer;
    };
    expect(await press("y")).toBe("yes");
    expect(await press("\r")).toBe("yes");
    expect(await press("n")).toBe("no");
    expect(await press("\x04")).toBe("no");
    expect(await press(END)).toBe("no");
    expect(await press("\x03")).toBe("interrupted");
  });

  test("Ctrl-C is an interruption, not a no", async () => {
    expect(await type("\x03", merge)).toBe("interrupted");
  });
});
