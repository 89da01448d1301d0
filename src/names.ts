/** A name, or a keyword, as SQLite compares them: A to Z only, whatever else Unicode folds. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
