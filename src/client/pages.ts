import { FerryError } from "../errors.ts";

/** What all pages of one question may have together: 100,000 entries of a list have less. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_PAGES = 1000;

/** Counts pages; answers whether this one, and one more, may still be taken. */
export function pageCounter(): (page: object) => boolean {
  let bytes = 0;
  let pages = 0;
  return (page) => {
    bytes += JSON.stringify(page).length;
    pages++;
    return bytes < MAX_BYTES && pages < MAX_PAGES;
  };
}

/** A list that has no end. */
export function endless(where: string, what: string): FerryError {
  return new FerryError(
    "NO_PROGRESS",
    `${where} answers page after page of ${what}, and no end was in sight`,
    {
      hint: "Nothing was changed. Check that it is the right address.",
    },
  );
}
