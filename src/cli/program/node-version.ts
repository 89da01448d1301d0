/**
 * The oldest Node of each line that has what the command is made of, as package.json's `engines` says; lines
 * after the last one will do, too. Node 22.16 brought SQLite's full-text tables, its mathematical functions and
 * rows as arrays; 23 ended without the first.
 */
export const OLDEST_NODES = [
  { major: 22, minor: 16 },
  { major: 24, minor: 0 },
] as const;

const [{ major: first, minor }] = OLDEST_NODES;
const NEEDED = `Node ${first}.${minor} or later, but not 23`;

/** What to tell somebody whose Node will not do; null for one that will. `version` as in `process.versions.node`. */
export function unsupportedNode(version: string): { error: string; hint: string } | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [last] = OLDEST_NODES.slice(-1);
  const line = OLDEST_NODES.find((oldest) => oldest.major === major);
  if (line === undefined ? major > (last?.major ?? 0) : minor >= line.minor) return null;
  return {
    error: `d1-ferry needs ${NEEDED}, and this is Node ${version}; nothing was done`,
    hint: "Install Node 24 (nodejs.org). Or for this project alone: npm install --save-dev node@24, then npx d1-ferry",
  };
}
