import { readFileSync } from "node:fs";
import type * as v from "valibot";
import { describe, expect, it, test } from "vitest";
import { resultSchema } from "../../scripts/build/result-schema.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { RESULTS } from "../../src/cli/results.ts";
import { jsonOf, runCli } from "../support/cli.ts";
import { checkResult } from "../support/cli-results.ts";

/** What the HTTP API answers, and docs/api.md describes. */
const OF_THE_API = "plan live run runs history objects status entries pruned results verification".split(" ");

/** The code of each section of docs/cli.md's "Output", by the commands in its heading. */
function documented(): Map<string, string> {
  const output = readFileSync("docs/cli.md", "utf8").split("\n## Output\n")[1]?.split("\n## ")[0] ?? "";
  const sections = output.split("\n### ").slice(1);
  return new Map(
    sections.flatMap((section) => {
      const [heading = "", ...lines] = section.split("\n");
      const code = [...lines.join("\n").matchAll(/`([^`]+)`/g)].map(([, text]) => text).join(" ");
      return heading.split(", ").map((name): [string, string] => [name, code]);
    }),
  );
}

type Node = Partial<Record<"entries", Record<string, v.GenericSchema>>> & {
  options?: Node[];
  wrapped?: Node;
  item?: Node;
  pipe?: Node[];
};

/** The names of all fields, but for those below what the API answers. */
function fieldsOf(node: Node): string[] {
  const below = [...(node.options ?? []), ...(node.pipe ?? []).slice(0, 1)].concat(
    node.wrapped ?? [],
    node.item ?? [],
  );
  return [
    ...Object.entries(node.pipe === undefined ? (node.entries ?? {}) : {}).flatMap(([name, field]) => [
      name,
      ...(OF_THE_API.includes(name) ? [] : fieldsOf(field as Node)),
    ]),
    ...below.filter((one) => one !== node).flatMap(fieldsOf),
  ];
}

describe("what a command prints with --json", () => {
  const sections = documented();

  test("is described for each command, and for no other", () => {
    const names = [...commands.map(({ name }) => name), ""];
    expect(Object.keys(RESULTS).toSorted()).toEqual(names.toSorted());
    const headings = [...sections.keys()].map((name) => (name === "d1-ferry alone" ? "" : name));
    expect(headings.toSorted()).toEqual([...names, "Errors"].toSorted());
  });

  it.each(Object.entries(RESULTS))("of %j has each of its fields in docs/cli.md", (command, schema) => {
    const own = sections.get(command === "" ? "d1-ferry alone" : command) ?? "";
    // An undo is a run like any other, with a field of its own.
    const others = schema === RESULTS.sync ? [sections.get("sync"), sections.get("undo")] : [];
    const words = new Set([own, ...others].join(" ").match(/\w+/g));
    const fields = [...new Set(fieldsOf(schema as Node))].filter((name) => !name.startsWith("$"));
    expect(fields).toContain("success");
    expect(fields.filter((name) => !words.has(name))).toEqual([]);
  });

  test("is in the package as a JSON Schema, in which no reference leads nowhere", () => {
    const built = resultSchema();
    const names = Object.keys(built.$defs);
    const references = [...JSON.stringify(built).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    expect(references.map(([, name]) => name).filter((name) => !names.includes(name as string))).toEqual([]);
    expect(built.$defs.push).toEqual({ $ref: "#/$defs/apply" });
    expect(built.$defs.export?.required).toContain("bytes");
  });

  test("is held to that in all tests that run one", async () => {
    const run = await runCli(["completion", "bash", "--json"], { cwd: "." });
    const result = jsonOf(run);
    expect(Object.keys(result)).toEqual(["success", "shell", "script"]);
    const check = (value: object) =>
      checkResult(["completion", "bash", "--json"], `${JSON.stringify(value)}\n`);
    expect(() => check({ ...result, more: 1 })).toThrow(/more: .*never/);
    expect(() => check({ ...result, shell: undefined })).toThrow("shell");
    expect(() => check({ success: false, error: "none", code: "USAGE", hints: [] })).toThrow("hints");
    expect(() => checkResult(["diff", "--rows", "--json"], '{"is":"insert","table":"t"}\n')).toThrow("key");
  });
});
