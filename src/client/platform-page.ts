/** What Cloudflare answers in a Worker's place. */
export interface PlatformError {
  code: number;
  meaning: string;
  /** The same request may succeed. */
  transient: boolean;
  hint?: string;
}

/**
 * Codes of the pages that stand where a Worker or its app should answer
 * (developers.cloudflare.com/workers/observability/errors, …/support/troubleshooting/http-status-codes).
 * Those that are not listed are judged by their status.
 */
const MEANINGS: readonly PlatformError[] = [
  { code: 1015, meaning: "too many requests in a short time", transient: true },
  { code: 1016, meaning: "the app's host name leads nowhere", transient: false },
  { code: 1019, meaning: "Workers call each other in a loop", transient: false },
  { code: 1021, meaning: "the Worker asked for a host that it may not reach", transient: false },
  { code: 1022, meaning: "the request did not find its Worker", transient: true },
  { code: 1024, meaning: "the Worker asked for an address of Cloudflare's own", transient: false },
  {
    code: 1027,
    meaning: "the day's requests of the free plan are used up",
    transient: false,
    hint: "The count starts again at 00:00 UTC; what was done is kept. Run the same command again then.",
  },
  { code: 1042, meaning: "the Worker called another one of the same zone", transient: false },
  { code: 1101, meaning: "the Worker threw an exception", transient: true },
  {
    code: 1102,
    meaning: "the Worker used up its CPU time",
    transient: true,
    hint: "What was done is kept. Run the same command again; if it stops here again, tell d1-ferry the app's platform.",
  },
  { code: 1103, meaning: "the Worker's account is held back by Cloudflare", transient: false },
];

/** By the status alone: between Cloudflare and the app's host. */
const STATUSES: Readonly<Record<number, { meaning: string; transient: boolean }>> = {
  520: { meaning: "the app's host answered nothing that makes sense", transient: true },
  521: { meaning: "the app's host is down", transient: true },
  522: { meaning: "the app's host did not take the connection in time", transient: true },
  523: { meaning: "the app's host cannot be reached", transient: true },
  524: { meaning: "the app's host did not answer in time", transient: true },
  525: { meaning: "the TLS handshake with the app's host failed", transient: false },
  526: { meaning: "the app's host has no valid certificate", transient: false },
};

/** What a page that is not d1-ferry's says, if it is one of Cloudflare's; null otherwise. */
export function readPlatformPage(status: number, text: string): PlatformError | null {
  const plain = text.replace(/<[^>]*>/g, " ");
  const code = Number(/\berror(?:\s+code)?\s*:?\s*(1\d{3})\b/i.exec(plain)?.[1] ?? status);
  const known = MEANINGS.find((one) => one.code === code);
  if (known !== undefined) return known;
  const byStatus = STATUSES[status];
  return byStatus === undefined ? null : { code: status, ...byStatus };
}
