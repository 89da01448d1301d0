/** Thrown when Ctrl-C ended a command, also at a question. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted();
}
