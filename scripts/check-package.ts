/**
 * Holds the package to what it promises: every path it names is in the tarball, every package it
 * imports is declared and every declared one imported, and what runs in a Worker needs no Node.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import manifest from "../package.json" with { type: "json" };

/** Entries that run in a Worker or a browser. The others are for Node. */
const PORTABLE = [
  "dist/index.js",
  "dist/client.js",
  "dist/astro/r2-sync.js",
  "dist/astro/ferry.js",
  "dist/astro/multipart-upload.js",
  "dist/workflow.js",
  "dist/testing.js",
];
const NODE_ONLY = ["dist/astro.js", "dist/sqlite.js", "dist/cli.js"];
const RUNTIME_MODULES = /^(cloudflare:|virtual:)/;

const problems: string[] = [];
const packed = new Set(packedFiles());

checkManifestPaths();
checkDeclarations();
const imported = checkImports();
checkDependencies(imported);
for (const entry of PORTABLE) checkPortable(entry);

if (problems.length > 0) {
  console.error(problems.map((problem) => `✗ ${problem}`).join("\n"));
  process.exit(1);
}
console.log(`✓ ${packed.size} files in the package; ${PORTABLE.length} entries need no Node`);

function packedFiles(): string[] {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const answer = JSON.parse(output) as unknown;
  const [pack] = (Array.isArray(answer) ? answer : Object.values(answer as object)) as {
    files: { path: string }[];
  }[];
  return (pack?.files ?? []).map((file) => file.path);
}

function checkManifestPaths(): void {
  const paths = [...pathsIn(manifest.exports), ...pathsIn(manifest.bin)];
  for (const path of paths.map(normalize)) {
    if (!existsSync(path)) problems.push(`package.json names ${path}, which is not there`);
    else if (!packed.has(path)) problems.push(`${path} is not in the package`);
  }
  for (const entry of [...PORTABLE, ...NODE_ONLY]) {
    if (!paths.some((path) => normalize(path) === entry))
      problems.push(`package.json does not name ${entry}`);
  }
  for (const path of paths.map(normalize)) {
    const known = PORTABLE.includes(path) || NODE_ONLY.includes(path);
    if (path.endsWith(".js") && !known) problems.push(`say in scripts/check-package.ts where ${path} runs`);
  }
  for (const name of ["README.md", "LICENSE", "CHANGELOG.md"]) {
    if (!packed.has(name)) problems.push(`${name} is not in the package`);
  }
  const cli = readFileSync("dist/cli.js", "utf8");
  if (!cli.startsWith("#!/usr/bin/env node\n"))
    problems.push("dist/cli.js does not begin with #!/usr/bin/env node");
  if (process.platform !== "win32" && (statSync("dist/cli.js").mode & 0o111) !== 0o111)
    problems.push("dist/cli.js is not executable");
}

function pathsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Object.values(value as object).flatMap(pathsIn);
}

/** Declarations import each other by paths that exist in the package. */
function checkDeclarations(): void {
  for (const file of packed) {
    if (!file.endsWith(".d.ts")) continue;
    for (const specifier of specifiersOf(file)) {
      if (!specifier.startsWith(".")) continue;
      const target = normalize(join(dirname(file), specifier)).replace(/\.js$/, ".d.ts");
      if (!packed.has(target)) problems.push(`${file} imports ${specifier}, which is not in the package`);
    }
  }
}

/** Every package that the built files import, by the file that does. */
function checkImports(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of packed) {
    if (!file.endsWith(".js")) continue;
    for (const specifier of specifiersOf(file)) {
      if (specifier.startsWith(".")) {
        const target = normalize(join(dirname(file), specifier));
        if (!packed.has(target)) problems.push(`${file} imports ${specifier}, which is not in the package`);
      } else if (!isBuiltin(specifier) && !RUNTIME_MODULES.test(specifier)) {
        found.set(packageOf(specifier), file);
      }
    }
  }
  return found;
}

function checkDependencies(found: ReadonlyMap<string, string>): void {
  const declared = new Set([
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
  ]);
  for (const [name, file] of found) {
    if (!declared.has(name)) problems.push(`${file} imports ${name}, which package.json does not declare`);
  }
  for (const name of Object.keys(manifest.dependencies)) {
    if (!found.has(name)) problems.push(`package.json declares ${name}, which nothing imports`);
  }
}

/** The entry and every file of ours that it reaches: no Node builtin, no Node global. */
function checkPortable(entry: string): void {
  const seen = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file) || !existsSync(file)) continue;
    seen.add(file);
    for (const specifier of specifiersOf(file)) {
      if (specifier.startsWith(".")) queue.push(normalize(join(dirname(file), specifier)));
      else if (isBuiltin(specifier)) problems.push(`${entry} reaches ${specifier} through ${file}`);
    }
    const code = withoutComments(readFileSync(file, "utf8"));
    // The gzip module asks for node:zlib where a runtime offers it, and does without elsewhere.
    const guarded = code.replaceAll("globalThis.process?.getBuiltinModule?.", "");
    const globals = /(?<![\w.$"'`-])(?:globalThis\??\.)?(Buffer|process|require|__dirname)(?=[.(?[])/g;
    for (const [, name] of guarded.matchAll(globals)) problems.push(`${entry} uses ${name} in ${file}`);
  }
}

function specifiersOf(file: string): string[] {
  const code = readFileSync(file, "utf8");
  const pattern =
    /(?:^|[\n;}])\s*(?:import|export)\s*(?:[\w*{}\s,$]+?\s*from\s*)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
  return [...withoutComments(code).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? "");
}

function withoutComments(code: string): string {
  return code.replaceAll(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function packageOf(specifier: string): string {
  const [scope = "", name] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}
