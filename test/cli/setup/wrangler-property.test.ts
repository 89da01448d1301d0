import fc from "fast-check";
import { stringify } from "smol-toml";
import { expect, test } from "vitest";
import { type Addition, saysTheSame, withAdditions } from "../../../src/cli/setup/additions.ts";
import { addToJsonc, readJsonc } from "../../../src/cli/setup/edit-jsonc.ts";
import { addToToml, readToml } from "../../../src/cli/setup/edit-toml.ts";
import { seeded } from "../../support/cases.ts";

const ADDITIONS: readonly Addition[] = [
  { kind: "setting", key: "compatibility_date", value: "2026-10-01" },
  { kind: "flag", key: "compatibility_flags", value: "nodejs_compat" },
  {
    kind: "binding",
    key: "d1_databases",
    value: { binding: "DB", database_name: "my-app", database_id: "my-app" },
    remarks: { database_id: "production's id" },
  },
  { kind: "binding", key: "r2_buckets", value: { binding: "DATA_SYNC", bucket_name: 'a "bucket"' } },
];

/** What a wrangler file may say, with texts that look like syntax. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "//",
    "/* no comment */",
    '"d1_databases": [',
    "[[r2_buckets]]",
    "a\nb",
    "#",
    "}",
    "],",
  ),
  fc.string({ maxLength: 6 }),
);
const binding = fc.record({ binding: text, note: text }, { requiredKeys: ["binding"] });
const config = fc.record(
  {
    name: text,
    main: text,
    compatibility_flags: fc.array(text, { maxLength: 3 }),
    d1_databases: fc.array(binding, { maxLength: 2 }),
    r2_buckets: fc.array(binding, { maxLength: 2 }),
    vars: fc.dictionary(fc.constantFrom("name", "compatibility_flags", "r2_buckets", "X"), text, {
      maxKeys: 3,
    }),
    observability: fc.record({ enabled: fc.boolean(), nested: fc.record({ main: text }) }),
  },
  { requiredKeys: [] },
);

/** Choices of how to write it, one after the other, over and over. */
const taste = fc.array(fc.nat({ max: 59 }), { minLength: 1, maxLength: 40 });

test("wrangler.jsonc says the same and the additions, however it is written, and nothing of it is gone", () => {
  fc.assert(
    fc.property(
      config,
      taste,
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", "\ufeff"),
      (said, choices, end, mark) => {
        const before = mark + writeJsonc(said, { choices, end });
        fc.pre(saysTheSame(readJsonc(before), said));
        let after = before;
        for (const addition of ADDITIONS) {
          const added = addToJsonc(after, addition, { comments: true });
          expect(added).not.toBeNull();
          after = added ?? "";
        }
        expect(saysTheSame(readJsonc(after), withAdditions(said, ADDITIONS))).toBe(true);
        expect(isContained(before, after)).toBe(true);
        if (end === "\r\n" && before.includes("\r\n")) expect(after).not.toMatch(/[^\r]\n/);
      },
    ),
    seeded(300),
  );
});

test("wrangler.toml says the same and the additions, and nothing of it is gone", () => {
  fc.assert(
    fc.property(config, fc.constantFrom("\n", "\r\n"), fc.boolean(), (said, end, ended) => {
      const { compatibility_date: _, ...rest } = said as Record<string, unknown>;
      const written = `# a comment\n${stringify(rest)}`.replaceAll("\n", end);
      const before = ended ? written : written.replace(/\s+$/, "");
      const had = readToml(before);
      let after = before;
      const taken: Addition[] = [];
      for (const addition of ADDITIONS) {
        const added = addToToml(after, addition);
        // A list that is written as a value takes no table.
        if (added === null) expect(before).toMatch(new RegExp(`^${addition.key} = \\[`, "m"));
        else taken.push(addition);
        after = added ?? after;
      }
      expect(saysTheSame(readToml(after), withAdditions(had, taken))).toBe(true);
      expect(isContained(before, after)).toBe(true);
    }),
    seeded(200),
  );
});

interface Style {
  choices: readonly number[];
  end: string;
}

/** JSON with comments, white space and trailing commas as the choices have them. */
function writeJsonc(value: unknown, { choices, end }: Style): string {
  let next = 0;
  const choose = (of: number) => (choices[next++ % choices.length] ?? 0) % of;
  const gap = (depth: number): string =>
    [
      "",
      " ",
      `${end}${"  ".repeat(depth)}`,
      `${end}${"\t".repeat(depth)}`,
      " /* , */ ",
      ` // " }${end}`,
      `${end}/* two${end} lines */${end}`,
      "",
    ][choose(8)] ?? "";
  const list = (open: string, members: string[], close: string, depth: number) => {
    const inner = members.map((member) => gap(depth + 1) + member + gap(depth + 1)).join(",");
    const comma = members.length > 0 && choose(3) === 0 ? "," : "";
    return open + inner + comma + gap(depth) + close;
  };
  const write = (one: unknown, depth: number): string => {
    if (Array.isArray(one))
      return list(
        "[",
        one.map((member) => write(member, depth + 1)),
        "]",
        depth,
      );
    if (typeof one !== "object" || one === null) return JSON.stringify(one);
    const members = Object.entries(one).map(
      ([key, member]) => `${JSON.stringify(key)}${gap(depth)}:${gap(depth)}${write(member, depth + 1)}`,
    );
    return list("{", members, "}", depth);
  };
  return gap(0) + write(value, 0) + gap(0);
}

/** Can the one be had from the other by leaving characters out? */
function isContained(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part[at]) at++;
  return at === part.length;
}
