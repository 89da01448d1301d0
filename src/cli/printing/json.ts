import type { World } from "../world.ts";
import { humanPrinter, type PrinterOptions } from "./human.ts";
import type { Printer } from "./printer.ts";

/** One object on stdout, success or not; people still read along on stderr. */
export function jsonPrinter(
  world: Pick<World, "stdout" | "stderr" | "now" | "env">,
  options: PrinterOptions = {},
): Printer {
  const human = humanPrinter(world, options);
  const write = (value: object) => {
    world.stdout.write(`${jsonLine(value)}\n`);
  };
  return {
    ...human,
    result: write,
    failure: (failure) => {
      human.failure(failure);
      write({
        success: false,
        error: failure.error,
        code: failure.code,
        ...(failure.hint === undefined ? {} : { hint: failure.hint }),
        ...(failure.details === undefined ? {} : { details: failure.details }),
      });
    },
  };
}

/** A value in a line. JSON leaves some control characters as they are, and a terminal may obey them. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
