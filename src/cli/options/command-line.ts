import { cookieOptions } from "./common-options.ts";
import { shellWord } from "./shell-word.ts";

const SECRET_FLAGS = cookieOptions.map((option) => option.flags.split(" ")[0] ?? "");

/** The command as it was typed, quoted for a shell; the values of cookies are left out. */
export function commandLine(argv: readonly string[]): string {
  const words: string[] = ["d1-ferry"];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    const secret = SECRET_FLAGS.find((flag) => word === flag || word.startsWith(`${flag}=`));
    if (secret === undefined) {
      words.push(shellWord(word));
      continue;
    }
    if (word === secret) i++;
    words.push(`${secret}=…`);
  }
  return words.join(" ");
}
