/** The oldest Node that the command runs on, as package.json's `engines` says. */
export const OLDEST_NODE = [22, 13] as const;

/** What to say where Node is older; null for one that will do. `version` as in `process.versions.node`. */
export function unsupportedNode(version: string): { error: string; hint: string } | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return null;
  return {
    error: `d1-ferry needs Node ${OLDEST_NODE.join(".")} or later, and this is Node ${version}; nothing was done`,
    hint: "Install Node 24 (nodejs.org). Or for this project alone: npm install --save-dev node@24, then npx d1-ferry",
  };
}
