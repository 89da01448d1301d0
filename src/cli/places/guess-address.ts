/** What new SQLite files are called. */
export const DATABASE_ENDINGS = [".sqlite", ".sqlite3", ".db", ".db3"] as const;

/** Recognised as well, though never suggested. */
const FILE_ENDINGS = [...DATABASE_ENDINGS, ".s3db", ".sl3", ".sdb"];
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*)$/i;

/**
 * The address that `text` would be with a scheme: `127.0.0.1:8790`, `localhost`, `my-app.example.com/base`.
 * Null for what reads like a file's name. The caller finds out whether there is such a file.
 */
export function addressWithoutScheme(text: string): string | null {
  const [, host = "", port, path = ""] = /^(\[[^\]]*\]|[^/\\:]+)(:\d{1,5})?(\/.*)?$/.exec(text) ?? [];
  if (!HOST.test(host)) return null;
  const local = /^(localhost|.*\.localhost|\[.*\]|\d+(\.\d+){3})$/i.test(host);
  if (port === undefined && !local) {
    const last = host.split(".").at(-1) ?? "";
    if (last === host || !/[a-z]/i.test(last) || hasFileEnding(host + path)) return null;
  }
  return `${local ? "http" : "https"}://${text}`;
}

function hasFileEnding(name: string): boolean {
  return FILE_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}

/** An address as it was typed, to be shown: what stands before its `@` may be a password, and its query a token. */
export function withoutPassword(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/).*@/is, "$1…@")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^?#]*)[?#].*$/is, "$1");
}

/** `user:password@host`, without a scheme. It is never shown, and no file is made of it. */
export function holdsPassword(text: string): boolean {
  return /^[^/\\@]*:[^@]*@/.test(text);
}
