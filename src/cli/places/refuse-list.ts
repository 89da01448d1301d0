import { UsageError } from "../exit.ts";
import { addressWithoutScheme, DATABASE_ENDINGS } from "./guess-address.ts";

/**
 * Refuses several places in one: no command writes to more than one, and no file is made that is called like two.
 * A comma that an address has in its path is its own; what has an `@` may hold a password, and is not repeated.
 */
export function refuseList(text: string): void {
  const places = text.split(/[\s,;]+/).filter((part) => part !== "");
  if (text.includes("@") || places.length < 2 || !places.every(readsAsPlace)) return;
  throw new UsageError(
    `${places.map((place) => place.replace(/[?#].*/, "")).join(", ")}: these are ${places.length} places, and a command takes one`,
    "Run it once for each. In a shell: for to in A B C; do d1-ferry push --to $to; done",
  );
}

function readsAsPlace(part: string): boolean {
  const isFile = DATABASE_ENDINGS.some((ending) => part.toLowerCase().endsWith(ending));
  return isFile || /^https?:\/\/./i.test(part) || addressWithoutScheme(part) !== null;
}
