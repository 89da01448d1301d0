import { parseTree } from "jsonc-parser";
import { emptyPart, type Part } from "./file-change.ts";
import { insertMember } from "./insert-member.ts";
import { insertInto } from "./insertions.ts";
import type { Project } from "./project.ts";
import { withoutMark } from "./text-style.ts";

const SCRIPTS = { "ferry:push": "d1-ferry push", "ferry:pull": "d1-ferry pull" };

/** The scripts that package.json lacks; one of the same name stays what it is. */
export async function scriptChanges({ read, manifest }: Project): Promise<Part> {
  const part = emptyPart();
  const before = await read("package.json");
  if (before === null) return part;
  const lacking = Object.entries(SCRIPTS).filter(([name]) => manifest.scripts?.[name] === undefined);
  const after = lacking.reduce((text, [name, script]) => withScript(text, name, script), before);
  if (after !== before) part.changes.push({ path: "package.json", before, after });
  return part;
}

function withScript(text: string, name: string, script: string): string {
  const root = parseTree(withoutMark(text));
  const scripts = root?.children?.find(({ children }) => children?.[0]?.value === "scripts")?.children?.[1];
  const line = `${JSON.stringify(name)}: ${JSON.stringify(script)}`;
  const own = scripts?.type === "object" ? scripts : root;
  if (own?.type !== "object" || (scripts !== undefined && own !== scripts)) return text;
  const container = {
    open: own.offset,
    close: own.offset + own.length - 1,
    members: (own.children ?? []).map(({ offset, length }) => ({ start: offset, end: offset + length })),
  };
  const member =
    own === scripts
      ? { inline: line, lines: () => line }
      : {
          inline: `"scripts": { ${line} }`,
          lines: ({ unit }: { unit: string }) => `"scripts": {\n${unit}${line}\n}`,
        };
  return insertInto(text, insertMember(text, container, member));
}
