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
    world.stdout.write(`${JSON.stringify(value)}\n`);
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
