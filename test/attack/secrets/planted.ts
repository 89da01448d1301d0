import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Secrets by name, each a text that stands nowhere by chance. */
export function plant<Name extends string>(...names: Name[]): Record<Name, string> {
  const planted = names.map((name) => [name, `s3cret${name}${randomBytes(20).toString("hex")}`]);
  return Object.fromEntries(planted) as Record<Name, string>;
}

/** Finds secrets, also those in gzip, escaped, or cut in half. */
export function searcher(secrets: Readonly<Record<string, string>>) {
  const forms = Object.entries(secrets).flatMap(([name, secret]) => {
    const half = Math.floor(secret.length / 2);
    const texts = [secret, encodeURIComponent(secret), secret.slice(0, half), secret.slice(half)];
    return texts.map((text) => [name, text] as const);
  });
  const seen = { outputs: 0, bytes: 0 };
  /** The names of those that are in it; of those that may be, none. */
  const find = (output: string | Uint8Array, allowed: readonly string[] = []): string[] => {
    const bytes = Buffer.from(output as Uint8Array);
    seen.outputs++;
    seen.bytes += bytes.length;
    const text = `${bytes.toString("latin1")}\n${unpacked(bytes)}`;
    const found = forms.filter(([name, form]) => !allowed.includes(name) && text.includes(form));
    return [...new Set(found.map(([name]) => name))];
  };
  return { find, seen };
}

function unpacked(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return "";
  try {
    return gunzipSync(bytes).toString("latin1");
  } catch {
    return "";
  }
}

/** Every file below a directory, with what it holds. */
export function filesIn(directory: string): { path: string; bytes: Buffer }[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() ? [{ path, bytes: readFileSync(path) }] : [];
  });
}
