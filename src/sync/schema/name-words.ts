import { VOCABULARY } from "./secret-words.ts";

/** "userAPIKey", "user_api_key", "USER-API-KEY" → user, api, key; "accesstoken" → access, token. */
export function wordsOf(name: string): string[] {
  const plain = shortened(name).normalize("NFKD").replaceAll(/\p{M}/gu, "");
  const apart = plain
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase();
  return apart
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .flatMap((word) => taken(word.replace(/(?<=\p{L})\d+$/u, "")))
    .map(singular);
}

/** Characters at each end of a name that are looked at: what it says of secrets is in its first and its last words. */
const END_LENGTH = 200;

function shortened(name: string): string {
  if (name.length <= 2 * END_LENGTH) return name;
  return `${name.slice(0, END_LENGTH)} ${name.slice(-END_LENGTH)}`;
}

/** Letters of the longest word that is known, and of the "s" behind it. */
const LONGEST = Math.max(...[...VOCABULARY].map(({ length }) => length)) + 1;

/** A word in which others stand without a separator, where all of it is known words; else the word. */
function taken(word: string): string[] {
  // ends[i]: the words that make up the first i letters, as few as there can be.
  const ends: (string[] | undefined)[] = [[]];
  for (let end = 1; end <= word.length; end++) {
    for (let start = Math.max(0, end - LONGEST); start < end; start++) {
      const before = ends[start];
      if (before === undefined) continue;
      const last = word.slice(start, end);
      if (!VOCABULARY.has(last) && !VOCABULARY.has(singular(last))) continue;
      const best = ends[end];
      if (best === undefined || before.length + 1 < best.length) ends[end] = [...before, last];
    }
  }
  return ends[word.length] ?? [word];
}

function singular(word: string): string {
  if (word.length < 4 || word.endsWith("ss")) return word;
  return word.endsWith("s") ? word.slice(0, -1) : word;
}
