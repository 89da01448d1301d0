/**
 * Text that compresses as people's does: words as often as in English (the common ones by name, then
 * a vocabulary of made-up ones, drawn by Zipf's law), sentences, paragraphs, quotes and accents. gzip
 * takes it to about 0.45, as it does a blog's posts; a sentence that is repeated would vanish.
 */
export interface Prose {
  words(count: number): string;
  /** At least `bytes` characters of paragraphs. */
  paragraphs(bytes: number): string;
}

const COMMON =
  "the of and to a in is that it was for on are with as I at be this have from or had by not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may long little very after words called just where most know";

/** Made-up words beside the common ones. */
const VOCABULARY = 6_000;
const STARTS = "b c d f g h j k l m n p r s t v w br ch cl cr dr fl gr pl pr sh sl st str th tr qu".split(
  " ",
);
const VOWELS = "a e i o u a e i o ai ea ee ou io é ü".split(" ");
const ENDS = ["", "", "", "n", "r", "s", "t", "l", "nd", "ng", "st", "ck", "m"];

export function createProse(random: () => number): Prose {
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] as string;
  const syllable = () => pick(STARTS) + pick(VOWELS) + pick(ENDS);
  const invent = () => Array.from({ length: 1 + Math.floor(random() * 3) }, syllable).join("");
  const lexicon = [...COMMON.split(" "), ...Array.from({ length: VOCABULARY }, invent)];
  // The word of rank r is drawn r times as rarely as the first one.
  const word = () => lexicon[Math.floor(lexicon.length ** random()) - 1] as string;
  const words = (count: number) => Array.from({ length: count }, word).join(" ");

  function sentence(): string {
    const text = words(4 + Math.floor(random() * 18));
    const said = text.charAt(0).toUpperCase() + text.slice(1);
    const kind = random();
    if (kind < 0.05) return `"${said}," it's said.`;
    if (kind < 0.12) return `${said} (${Math.floor(random() * 10_000)}).`;
    return said + (kind < 0.2 ? "?" : ".");
  }

  return {
    words,
    paragraphs(bytes) {
      let text = "";
      while (text.length < bytes) text += sentence() + (random() < 0.15 ? "\n\n" : " ");
      return text.trimEnd();
    },
  };
}
