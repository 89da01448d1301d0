import { FerryError } from "../errors.ts";
import type { Grant } from "../grants.ts";
import type { Caller } from "../operations/caller.ts";
import type { Policy } from "../operations/policy.ts";
import { grantOfToken, readGrant, refuseCrossOrigin } from "./auth.ts";
import type { FerryOptions } from "./options.ts";
import { grantOfSession } from "./session.ts";

/**
 * Who makes the request, and what they may do. Rejects strangers with `AUTHENTICATION_REQUIRED`, and what
 * another site's page does with somebody's login with `CROSS_ORIGIN`. The body is not looked at.
 */
export async function identify<Context>(
  request: Request,
  context: Context,
  { options, policy }: { options: FerryOptions<Context>; policy: Policy },
): Promise<Caller> {
  const tokens = options.tokens?.(context) ?? {};
  const token = await grantOfToken(request, tokens);
  if (token !== null) return holderOf(token, policy);
  const session = options.console === false ? null : await grantOfSession(request, tokens);
  if (session !== null) {
    refuseCrossOrigin(request);
    return holderOf(session, policy);
  }
  const grant = await askApp(request, context, options);
  if (grant === null) throw unauthenticated();
  refuseCrossOrigin(request);
  return { id: `app:${grant.name}`, grant, policy, allowedBy: options.allowedBy ?? "authorize" };
}

function holderOf(grant: Grant, policy: Policy): Caller {
  const { name } = grant;
  const allowedBy = name === "FERRY_TOKEN" ? name : `the line of "${name}" in FERRY_TOKENS`;
  return { id: `token:${name}`, grant, policy, allowedBy };
}

async function askApp<Context>(
  request: Request,
  context: Context,
  options: FerryOptions<Context>,
): Promise<Grant | null> {
  let answered: unknown;
  try {
    answered = await options.authorize?.(request, context);
  } catch (cause) {
    if (cause instanceof FerryError) throw cause;
    // Nobody is authorised yet, so nothing of the cause is told.
    throw new FerryError("INTERNAL", "The app failed to check who you are", { cause });
  }
  return readGrant(answered);
}

export function unauthenticated(): FerryError {
  return new FerryError("AUTHENTICATION_REQUIRED", "Authentication required", {
    hint: "Log in to the app, or send the header Authorization: Bearer with a token that the app has in FERRY_TOKEN or FERRY_TOKENS.",
  });
}
