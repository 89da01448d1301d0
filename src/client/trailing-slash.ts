import { isOwnRefusal } from "./failure.ts";
import { isRedirect } from "./platform-failure.ts";
import { readStart } from "./read-answer.ts";

/*
 * Apps whose paths end in a slash: Astro's `trailingSlash: "always"`, Next's `trailingSlash: true`. Without it their
 * framework redirects, or says that nothing is there. A redirect is never followed, since it may lead anywhere, and some turn a POST into
 * a GET: the same request is sent to the same address with the slash, and credentials go to nobody else.
 */

/** The address with a slash behind its path. */
export function withSlash(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}/${search}`;
}

export interface Sent {
  response: Response;
  /** Where it was sent. */
  url: string;
  /** True where the slash was missing. */
  slash: boolean;
}

/** Sends a request to the address and, where its path is to end in a slash, to that one. */
export async function sendToEither(url: string, send: (url: string) => Promise<Response>): Promise<Sent> {
  const first = await asIs(await send(url));
  if (!mayLackSlash(first, url)) return { response: first.response, url, slash: false };
  const second = await asIs(await send(withSlash(url)));
  if (isNobody(second)) {
    void second.response.body?.cancel().catch(() => undefined);
    return { response: first.response, url, slash: false };
  }
  void first.response.body?.cancel().catch(() => undefined);
  return { response: second.response, url: withSlash(url), slash: true };
}

interface Read {
  response: Response;
  /** A refusal of d1-ferry's own. */
  isOwn: boolean;
}

/** A 404 may be d1-ferry's own: of a run that it does not know. */
const MOST_READ = 64 * 1024;

async function asIs(response: Response): Promise<Read> {
  if (response.status !== 404) return { response, isOwn: false };
  const { status, statusText, headers } = response;
  const { text } = await readStart(response, MOST_READ).catch(() => ({ text: "" }));
  return { response: new Response(text, { status, statusText, headers }), isOwn: isOwnRefusal(text) };
}

function mayLackSlash(read: Read, url: string): boolean {
  return isRedirect(read.response) ? leadsToSlash(read.response, url) : isNobody(read);
}

/** Neither the app nor anything else that is there. */
const isNobody = ({ response, isOwn }: Read): boolean =>
  isRedirect(response) || (response.status === 404 && !isOwn);

/** Behind a proxy an app may take its own address for http, or for another port. */
function leadsToSlash(response: Response, url: string): boolean {
  // A browser does not tell where to.
  if (response.type === "opaqueredirect") return true;
  const location = response.headers.get("location") ?? "";
  if (!URL.canParse(location, url)) return false;
  const [from, to] = [new URL(url), new URL(location, url)];
  return to.hostname === from.hostname && to.pathname === `${from.pathname}/`;
}
