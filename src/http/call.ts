import { checkInput, unknownOperation } from "../api/input.ts";
import { namesPackedType, type RoutePath } from "../api/paths.ts";
import {
  type Answer,
  type Input,
  type Method,
  NAME_FIELDS,
  type NamesOf,
  ROUTES,
  type RouteName,
  routesOf,
} from "../api/routes.ts";
import { requireCall } from "../operations/caller.ts";
import { recordAnswer, recordFailure } from "../operations/record.ts";
import { answerJson, answerPacked } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { withHints } from "./hints.ts";
import { withHint } from "./route-hints.ts";
import { shownTo } from "./without-cells.ts";

/** What answers each route: a body, which the usage is added to, or a response as it is. */
export type Handlers<N extends RouteName> = {
  readonly [K in N]: (exchange: Exchange, input: Input<K>) => Promise<Answer<K> | Response>;
};

/** Answers the route of this name by HTTP, as `makeCall` does it. */
export async function answerCall<N extends RouteName>(
  exchange: Exchange,
  handlers: Handlers<N>,
  call: { name: N; sent: Record<string, unknown> },
): Promise<Response> {
  const answer = await makeCall(exchange, handlers, call);
  return answer instanceof Response ? answer : answerBody(exchange, answer);
}

/**
 * What the route of this name answers. Rejects with `INVALID_REQUEST` where what is sent does not fit it, and with
 * `FORBIDDEN` where the caller may not: before the handler has asked database or bucket for anything.
 */
export async function makeCall<N extends RouteName>(
  exchange: Exchange,
  handlers: Handlers<N>,
  { name, sent }: { name: N; sent: Record<string, unknown> },
): Promise<Answer<N> | Response> {
  const input: Input<N> = checkInput(ROUTES[name].request, sent);
  const { invocation } = exchange;
  exchange.asked = { name, input };
  requireCall(invocation.caller, name, input);
  try {
    const answer = await handlers[name](exchange, input);
    // A handler may have found that it is another's: a sync by the key of an undo.
    const did = exchange.asked.name;
    await recordAnswer(invocation, did, answer instanceof Response ? streamed(exchange, input) : answer);
    return answer;
  } catch (error) {
    await recordFailure(invocation, exchange.asked.name, { input, error });
    throw withHint(error, name);
  }
}

/** What is told of a stream: of one that is fetched in ranges, with the first of them. */
function streamed({ request }: Exchange, input: object): object {
  const range = request.headers.get("range");
  return range === null || range.startsWith("bytes=0-") ? input : { status: "processing" };
}

/** The body with its usage: 202 for what is not finished. Packed where the request takes that. */
export async function answerBody({ invocation, request }: Exchange, body: object): Promise<Response> {
  const processing = "status" in body && body.status === "processing";
  const answer = namesPackedType(request.headers.get("accept")) ? answerPacked : answerJson;
  return answer(withHints(shownTo(invocation.caller, body)), {
    status: processing ? 202 : 200,
    usage: invocation.meter.read(),
  });
}

/** The route that a request names. Rejects with `UNKNOWN_OPERATION`, telling which there are. */
export function routeNamed<P extends RoutePath, M extends Method>(
  path: P,
  method: M,
  name: unknown,
): NamesOf<P, M> {
  const names = routesOf(path, method).map((route) => route.name);
  const known = names.find((one) => one === name);
  if (known === undefined) throw unknownOperation(NAME_FIELDS[path], name, names);
  return known;
}

/** The route that a request means which names none, by what else it holds. */
export function unnamedRoute<P extends RoutePath, M extends Method>(path: P, method: M): NamesOf<P, M> {
  const route = routesOf(path, method).find(({ named }) => named !== undefined);
  if (route === undefined) throw new TypeError(`Every route of ${method} ${path} is asked for by its name`);
  return route.name;
}
