import { wordsOf } from "./name-words.ts";
import {
  ACTIVITIES,
  FORMS,
  LOGIN_TABLES,
  PLAIN_TOKENS,
  QUESTIONS,
  SECRET_CODES,
  SECRET_KEYS,
  SECRET_PAIRS,
  SECRETS,
} from "./secret-words.ts";

/** What a table of this name holds, by what its name ends in; null where that is no secret. */
export function secretTable(name: string): "sessions or tokens" | "credentials" | null {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (last === "session") return words.some((word) => ACTIVITIES.has(word)) ? null : "sessions or tokens";
  if (last === "token") return isSecret(words) ? "sessions or tokens" : null;
  return LOGIN_TABLES.has(last) || isSecret(words) ? "credentials" : null;
}

/** Whether a column of this name holds a secret. `type` is as declared. */
export function isSecretColumn({ name, type }: { name: string; type: string }): boolean {
  if (/bool|date|time/i.test(type)) return false;
  const words = wordsOf(name);
  if (QUESTIONS.has(words[0] ?? "")) return false;
  // Many tokens in one column are a number of them, unless somebody's.
  if (/tokens$/i.test(name) && words.length < 2) return false;
  return isSecret(words);
}

/** Words that columns end in which are a secret together, and nothing by themselves. */
const SECRET_TOGETHER: readonly (readonly [string, string])[] = [
  ["hash", "salt"],
  ["p256dh", "auth"],
];

/** The first of two columns of these names that are a secret together. */
export function secretsTogether(names: readonly string[]): string | null {
  const ends = names.map((name) => wordsOf(name).at(-1) ?? "");
  for (const [first, second] of SECRET_TOGETHER) {
    if (ends.includes(second)) {
      const found = names[ends.indexOf(first)];
      if (found !== undefined) return found;
    }
  }
  return null;
}

function isSecret(words: readonly string[]): boolean {
  if (endsInSecret(words)) return true;
  const bare = [...words];
  while (bare.length > 1 && FORMS.has(bare.at(-1) ?? "")) bare.pop();
  return bare.length < words.length && endsInSecret(bare);
}

function endsInSecret(words: readonly string[]): boolean {
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (SECRETS.has(last) || SECRET_PAIRS.has(`${before}-${last}`)) return true;
  if (last === "token") return !PLAIN_TOKENS.has(before);
  if (last === "key") return SECRET_KEYS.has(before);
  return last === "code" && SECRET_CODES.has(before);
}
