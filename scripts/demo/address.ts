/** As `astro dev`, serve.ts and `wrangler dev` say it. A whole line, since half of one may have half a port. */
const LINE = /^(?:┃ Local|ready on|\[wrangler:info\] Ready on)\s+(http:\/\/\S+?)\/?\s*\n/m;

/** The address that a server has printed, without a trailing slash; null until then. */
export function printedAddress(output: string): string | null {
  return LINE.exec(output)?.[1] ?? null;
}
