import { describe, expect, test } from "vitest";
import { commands } from "../../../src/cli/commands/index.ts";
import { asTyped } from "../../../src/cli/package-manager.ts";
import { humanPrinter } from "../../../src/cli/printing/human.ts";
import { collector } from "../../support/collector.ts";

const npm = { npm_config_user_agent: "npm/11.19.1 node/v24.21.0 linux x64 workspaces/false" };

describe("A command that is suggested can be typed as it stands", () => {
  test.each([
    ["npm/11.19.1 node/v24.21.0 linux x64", "npx d1-ferry undo sync-1"],
    ["pnpm/11.1.0 npm/? node/v24.21.0 linux x64", "pnpm exec d1-ferry undo sync-1"],
    ["yarn/4.9.1 npm/? node/v24.21.0 linux x64", "yarn d1-ferry undo sync-1"],
    ["bun/1.3.2 npm/? node/v24.3.0 linux x64", "bunx d1-ferry undo sync-1"],
    ["cargo/1 whatever", "d1-ferry undo sync-1"],
    [undefined, "d1-ferry undo sync-1"],
  ])("started by %s: %s", (agent, expected) => {
    expect(asTyped({ npm_config_user_agent: agent })("Undo it: d1-ferry undo sync-1")).toBe(
      `Undo it: ${expected}`,
    );
  });

  test("knows every command", () => {
    for (const { name } of commands)
      expect(asTyped(npm)(`Type d1-ferry ${name}.`)).toBe(`Type npx d1-ferry ${name}.`);
    expect(asTyped(npm)("d1-ferry --help")).toBe("npx d1-ferry --help");
  });

  test.each([
    "npx d1-ferry init adds what is missing",
    "pnpm exec d1-ferry push",
    "d1-ferry needs the bindings of a Worker",
    "d1-ferry/undo/x",
    "my-d1-ferry push",
    "d1-ferry pushes",
  ])("leaves alone: %s", (text) => {
    expect(asTyped(npm)(text)).toBe(text);
  });

  test("in lines, in what is done and in hints, and never in a plan", () => {
    const stderr = collector();
    const printer = humanPrinter({ stderr, now: Date.now, env: npm } as never);
    printer.line("Undo it: d1-ferry undo sync-1");
    printer.failure({ error: "No", code: "NOT_FOUND", hint: "d1-ferry list shows the keys" });
    printer.important(["+ 1  title: 'd1-ferry push'"]);
    expect(stderr.text()).toBe(
      "Undo it: npx d1-ferry undo sync-1\n✗ No (NOT_FOUND)\n  npx d1-ferry list shows the keys\n+ 1  title: 'd1-ferry push'\n",
    );
  });
});
