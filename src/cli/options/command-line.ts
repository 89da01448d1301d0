import { shellWord } from "../../shell-word.ts";
import { cookieOptions } from "./common-options.ts";

const SECRET_FLAGS = cookieOptions.map((option) => option.flags.split(" ")[0] ?? "");

/**
 * The command as it was typed, quoted for a shell; without the values of cookies, and without what an
 * address says beside its place.
 */
export function commandLine(argv: readonly string[]): string {
  const words: string[] = ["d1-ferry"];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    const secret = secretFlag(word);
    if (secret === undefined) {
      words.push(shellWord(placeOnly(word)));
      continue;
    }
    if (word === secret) i++;
    words.push(`${secret}=…`);
  }
  return words.join(" ");
}

/** What the parser says of a command line that it does not understand, without the values that it quotes. */
export function withoutValues(message: string, argv: readonly string[]): string {
  // A flag that is unknown may be a secret's, mistyped.
  const plain = message.replace(/unknown option '(-[^'=]*)=.*'/s, "unknown option '$1=…'");
  const values = argv.flatMap((word, i) => {
    const flag = secretFlag(word);
    if (flag === undefined) return [];
    return word === flag ? (argv[i + 1] ?? []) : word.slice(flag.length + 1);
  });
  return values.reduce((text, value) => text.replaceAll(`'${value}'`, "'…'"), plain);
}

function secretFlag(word: string): string | undefined {
  return SECRET_FLAGS.find((flag) => word === flag || word.startsWith(`${flag}=`));
}

/** Of an address, also of one behind `--flag=`: no user, no password, no query. */
function placeOnly(word: string): string {
  return word
    .replace(/^((?:--[\w-]+=)?https?:\/\/)[^/?#]*@/is, "$1")
    .replace(/^((?:--[\w-]+=)?https?:\/\/[^?#]*)[?#].*$/is, "$1");
}
