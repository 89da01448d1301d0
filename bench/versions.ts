import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** "Node 24.21.0, workerd 1.20261117.1, wrangler 4.164.0" */
export function toolVersions(): string {
  const version = (name: string) => {
    const path = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
    return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  };
  return `Node ${process.versions.node}, workerd ${version("workerd")}, wrangler ${version("wrangler")}`;
}
