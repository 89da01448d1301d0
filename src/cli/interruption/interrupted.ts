/** Thrown when Ctrl-C, or a no at the terminal by Ctrl-C, ended a command. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted();
}
