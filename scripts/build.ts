/**
 * Builds the package aside and then puts it in place, file by file: who reads `dist/` meanwhile, a demo or a
 * test run of the same clone, never finds half a file or none. What has not changed is not touched, so that a
 * development server which watches it goes on.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "rolldown";
import bundle from "../rolldown.config.ts";
import { measureConsole } from "./build/console-size.ts";
import { finishDeclarations } from "./build/declarations.ts";
import { replaceFolder } from "./build/replace-folder.ts";
import { writeResultSchema } from "./build/result-schema.ts";

const root = dirname(import.meta.dirname);
const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
// Beside dist/, so that its source maps name the sources by the same paths.
const made = await mkdtemp(join(root, ".build-"));
try {
  await build({ ...bundle, output: { ...bundle.output, dir: made } });
  const types = join(made, "types");
  const project = ["-p", join(root, "tsconfig.build.json"), "--outDir", types];
  execFileSync(process.execPath, [join(dirname(compiler), "bin/tsc"), ...project], { stdio: "inherit" });
  finishDeclarations(types);
  await writeResultSchema(made);
  await replaceFolder(join(root, "dist"), made);
} finally {
  await rm(made, { recursive: true, force: true });
}

const { worker, script } = await measureConsole();
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(
  `The page adds ${kilobytes(worker)} to a Worker, gzipped; its script is ${kilobytes(script)} of them.`,
);
