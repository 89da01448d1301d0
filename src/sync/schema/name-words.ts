import { VOCABULARY } from "./secret-words.ts";

/** "userAPIKey", "user_api_key", "USER-API-KEY" → user, api, key; "accesstoken" → access, token. */
export function wordsOf(name: string): string[] {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "");
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

/** A word in which others stand without a separator, where all of it is known words; else the word. */
function taken(word: string): string[] {
  // ends[i]: the words that make up the first i letters, as few as there can be.
  const ends: (string[] | undefined)[] = [[]];
  for (let end = 1; end <= word.length; end++) {
    for (let start = 0; start < end; start++) {
      const before = ends[start];
      const last = word.slice(start, end);
      const known = VOCABULARY.has(last) || VOCABULARY.has(singular(last));
      if (before === undefined || !known) continue;
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
