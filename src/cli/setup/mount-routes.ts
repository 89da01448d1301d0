import { emptyPart, type FileChange, type Part } from "./file-change.ts";
import { findFerry, namesInFerry } from "./find-ferry.ts";
import type { Mount } from "./framework.ts";
import type { BindingNames } from "./names.ts";
import type { Project } from "./project.ts";

/** Files of a framework that finds routes by their paths. */
export interface RouteFiles {
  /** The module that the routes call. */
  module: { path: string; code(names: BindingNames): string };
  routes: { path: string; code: string }[];
}

/** d1-ferry as two routes of their own, and a module that both call. Nothing that is there is touched. */
export async function inspectRoutes(project: Project, { module, routes }: RouteFiles): Promise<Mount> {
  const ferry = await findFerry(project);
  return {
    names: ferry === null ? null : namesInFerry(ferry.text),
    async mount(names) {
      // Called in another file, it is mounted as the app likes it.
      if (ferry !== null && ferry.path !== module.path) return emptyPart();
      const files = [{ path: module.path, code: module.code(names) }, ...routes];
      const parts = await Promise.all(files.map((file) => newFile(project, file)));
      return {
        changes: parts.flatMap(({ changes }) => changes),
        snippets: parts.flatMap(({ snippets }) => snippets),
        notes: [],
      };
    },
  };
}

async function newFile(project: Project, { path, code }: { path: string; code: string }): Promise<Part> {
  const there = await project.read(path);
  if (there === null) {
    const change: FileChange = { path, before: null, after: code };
    return { ...emptyPart(), changes: [change] };
  }
  // What calls d1-ferry, however it is written, is done.
  if (/ferry/i.test(there)) return emptyPart();
  return { ...emptyPart(), snippets: [{ path, where: "the file has something else in it already", code }] };
}
