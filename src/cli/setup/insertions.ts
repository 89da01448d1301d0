/** Text that is added to a file; nothing of the file itself changes. */
export interface Insertion {
  /** Where, as an offset into the text as it was. */
  at: number;
  text: string;
}

/** The text with all of them in it. Of two at one place, the first one stands first. */
export function insertInto(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let done = 0;
  for (const { at, text: added } of [...insertions].sort((one, other) => one.at - other.at)) {
    result += text.slice(done, at) + added;
    done = at;
  }
  return result + text.slice(done);
}
