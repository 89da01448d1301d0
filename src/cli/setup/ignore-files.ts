import { emptyPart, type Part } from "./file-change.ts";
import type { Git } from "./git.ts";
import { insertInto } from "./insertions.ts";
import type { Project } from "./project.ts";
import { lineEndingAt } from "./text-style.ts";

/** Lines for .gitignore, so that git leaves these files alone. */
export async function ignoreFiles(project: Project, paths: readonly string[], git: Git): Promise<Part> {
  const part = emptyPart();
  const before = await project.read(".gitignore");
  const open: string[] = [];
  for (const path of paths) {
    const ignored = git.repository ? await git.ignores(path) : names(before ?? "", path);
    if (!ignored) open.push(path);
  }
  if (!git.repository && open.length > 0)
    part.notes.push(
      "There is no git repository here: .gitignore keeps the token out of one that you make later",
    );
  if (open.length > 0)
    part.changes.push({ path: ".gitignore", before, after: withLines(before ?? "", open) });
  return part;
}

/** Is there a line for it? Only what a line can say of one name: git itself cannot be asked. */
function names(text: string, path: string): boolean {
  return text.split(/\r?\n/).some((line) => {
    const pattern = line.trim().replace(/^\//, "");
    return pattern === path || (/^\.[\w.]+\*$/.test(pattern) && path.startsWith(pattern.slice(0, -1)));
  });
}

/** The text with these lines at its end. */
export function withLines(text: string, lines: readonly string[]): string {
  const lineEnding = lineEndingAt(text, text.length);
  const open = text === "" || text.endsWith("\n") ? "" : lineEnding;
  return insertInto(text, [
    { at: text.length, text: open + lines.map((line) => line + lineEnding).join("") },
  ]);
}
