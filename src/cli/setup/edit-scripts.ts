import { parseTree } from "jsonc-parser";
import { containerOf, lastNamed, memberOf, property } from "./edit-jsonc.ts";
import { emptyPart, type Part } from "./file-change.ts";
import { insertMember, type MemberText } from "./insert-member.ts";
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
  if (root?.type !== "object") return text;
  const scripts = lastNamed(root, "scripts");
  const own = property(name, memberOf(script));
  if (scripts === undefined)
    return insertInto(text, insertMember(text, containerOf(root), property("scripts", objectOf(own))));
  if (scripts.type !== "object") return text;
  return insertInto(text, insertMember(text, containerOf(scripts), own));
}

function objectOf(member: MemberText): MemberText {
  return {
    inline: `{ ${member.inline} }`,
    lines: (style) => `{\n${style.unit}${member.lines(style)}\n}`,
  };
}
