import type { RouteName } from "../api/routes.ts";
import type { Caller } from "../operations/caller.ts";
import { createInvocation, type Invocation, type Resources } from "../operations/invocation.ts";

/** One request of somebody known, and the invocation that answers it. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** The path before the route: mount and base path, such as "/app/api/admin". */
  readonly base: string;
  readonly invocation: Invocation;
  /** What is asked for, once that is known. */
  asked?: { name: RouteName; input?: object };
}

export function createExchange(
  request: Request,
  { base, caller, resources }: { base: string; caller: Caller; resources: Resources },
): Exchange {
  return {
    request,
    url: new URL(request.url),
    base,
    invocation: createInvocation(resources, { caller, from: addressOf(request) }),
  };
}

/** Only a platform's own header says it: any other could be the sender's word. */
export function addressOf(request: Request): string | null {
  return request.headers.get("cf-connecting-ip")?.slice(0, 64) ?? null;
}
