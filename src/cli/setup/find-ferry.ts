import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { BindingNames } from "./names.ts";
import type { FoundFile, Project } from "./project.ts";

const OTHERS = /^(node_modules|dist|build|out|output|coverage|test|tests|\..*)$/;
const SOURCE = /\.[cm]?[jt]sx?$/;

/** Deeper than sources are, and more of them than an app has. */
const DEEPEST = 8;
const MOST_FILES = 5000;

/** The file in which the app calls createFerry; null where there is none. */
export async function findFerry(project: Project): Promise<FoundFile | null> {
  let files = 0;
  const look = async (folder: string, depth: number): Promise<FoundFile | null> => {
    const entries = await readdir(join(project.directory, folder), { withFileTypes: true });
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        const found = OTHERS.test(entry.name) || depth >= DEEPEST ? null : await look(path, depth + 1);
        if (found !== null) return found;
      } else if (entry.isFile() && SOURCE.test(entry.name) && files++ < MOST_FILES) {
        const text = await project.read(path).catch(() => null);
        if (text !== null && callsFerry(text)) return { path, text };
      }
    }
    return null;
  };
  return look("", 0);
}

function callsFerry(text: string): boolean {
  return /["']d1-ferry["']/.test(text) && /\bcreateFerry\b\s*[(<]/.test(text);
}

/** The bindings that a call of createFerry reads, as far as they are written plainly. */
export function namesInFerry(text: string): Partial<BindingNames> {
  const database = bindingOf(text, "d1Database");
  const bucket = bindingOf(text, "r2Bucket");
  return { ...(database === undefined ? {} : { database }), ...(bucket === undefined ? {} : { bucket }) };
}

function bindingOf(text: string, adapter: string): string | undefined {
  const pattern = new RegExp(`\\b${adapter}\\(\\s*[^;,]*?\\.\\s*([A-Za-z_$][\\w$]*)\\s*[!)]`);
  return pattern.exec(text)?.[1];
}
