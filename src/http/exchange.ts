import type { Caller } from "../operations/caller.ts";
import { createInvocation, type Invocation, type Resources } from "../operations/invocation.ts";

/** One request of somebody known, and the invocation that answers it. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** The path before the route: mount and base path, such as "/app/api/admin". */
  readonly base: string;
  readonly invocation: Invocation;
}

export function createExchange(
  request: Request,
  { base, caller, resources }: { base: string; caller: Caller; resources: Resources },
): Exchange {
  return { request, url: new URL(request.url), base, invocation: createInvocation(resources, caller) };
}
