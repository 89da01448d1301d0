import { Hono } from "hono";
import { BASE_PATH, CONSOLE_PATH, pathOf, ROUTE_PATHS, type RoutePath } from "../api/paths.ts";
import { type MethodOf, methodsOf } from "../api/routes.ts";
import { FerryError } from "../errors.ts";
import { deniedStranger, tellHost } from "../operations/events.ts";
import type { Resources } from "../operations/invocation.ts";
import { readPolicy } from "../operations/policy.ts";
import { recordRefusal } from "../operations/record.ts";
import { pruneOnSchedule } from "../operations/scheduled.ts";
import { drainRefused } from "./body.ts";
import { answerConsole, answerProblem, answerSignIn, type PageRequest } from "./console-route.ts";
import { answerError } from "./errors.ts";
import { addressOf, createExchange, type Exchange } from "./exchange.ts";
import { identify, unauthenticated } from "./identify.ts";
import { answerMultipartGet, answerMultipartPost, answerMultipartPut } from "./multipart-route.ts";
import type { FerryOptions } from "./options.ts";
import { answerSyncGet, answerSyncPost } from "./sync-route.ts";
import { errorShownTo } from "./without-cells.ts";

type Answerer = (exchange: Exchange) => Promise<Response>;

const ANSWERERS: { [P in RoutePath]: Record<MethodOf<P>, Answerer> } = {
  "r2-sync": { GET: answerSyncGet, POST: answerSyncPost },
  "multipart-upload": { GET: answerMultipartGet, POST: answerMultipartPost, PUT: answerMultipartPut },
};

interface Env<Context> {
  Bindings: Call<Context>;
}

interface Call<Context> {
  readonly context: Context;
  /** There once it is known who asks. */
  exchange?: Exchange;
}

/** The HTTP API, and its schedule. `fetch` and `handle` answer the paths that end in the base path and a route's, and never reject. */
export interface Ferry<Context> {
  /** Answers elsewhere with 404: for a Worker that is nothing else, or a path that is d1-ferry's alone. */
  fetch: (request: Request, context: Context) => Promise<Response>;
  /** Answers null elsewhere: for an app that goes on to routes of its own. */
  handle: (request: Request, context: Context) => Promise<Response | null>;
  /**
   * For a Worker's cron trigger: removes what nobody worked on for `pruneOlderThanMs`, as the call `prune` does, as far as
   * one invocation may go. Rejects where that fails, so that the platform says so.
   */
  scheduled: (controller: unknown, context: Context) => Promise<void>;
}

/**
 * The HTTP API of an app, wherever the app is mounted. `context` is handed to the options as it is: the
 * bindings, for example. Throws `NOT_CONFIGURED` for a base path, a policy or an age that is none.
 */
export function createFerry<Context = unknown>(options: FerryOptions<Context>): Ferry<Context> {
  const basePath = readBasePath(options.basePath);
  const policy = readPolicy(options.policy);
  const olderThanMs = readAge(options.pruneOlderThanMs);
  const paths: readonly Path[] = options.console === false ? ROUTE_PATHS : [...ROUTE_PATHS, CONSOLE_PATH];
  const placeOf = (request: Request) => splitPath(request.url, { basePath, paths });
  const app = new Hono<Env<Context>>({ getPath: (request) => `/${placeOf(request)?.path ?? ""}` });

  app.use(async (c, next) => {
    const request = c.req.raw;
    const resources = resourcesOf(options, c.env.context);
    const page = pageOf(request);
    const signed = page === null ? null : await answerSignIn(page, options.tokens?.(c.env.context) ?? {});
    if (signed !== null) return signed;
    const caller = await identify(request, c.env.context, { options, policy }).catch((error) => {
      tellOfStranger(resources, request, error);
      throw error;
    });
    const { base = basePath } = placeOf(request) ?? {};
    c.env.exchange = createExchange(request, { base, caller, resources });
    await next();
    return undefined;
  });

  for (const path of ROUTE_PATHS) {
    for (const [method, answer] of Object.entries<Answerer>(ANSWERERS[path])) {
      app.on(method, `/${path}`, (c) => answer(exchangeOf(c.env)));
    }
    app.all(`/${path}`, () => refuseMethod(allowed(path)));
  }
  app.on(["GET", "POST"], `/${CONSOLE_PATH}`, (c) => {
    return answerConsole(exchangeOf(c.env), pageOf(c.req.raw) as PageRequest);
  });
  app.all(`/${CONSOLE_PATH}`, () => refuseMethod("GET, HEAD, POST"));
  app.onError(async (error, c) => {
    const { exchange } = c.env;
    if (exchange !== undefined) await recordRefusal(exchange.invocation, exchange.asked ?? null, error);
    const page = pageOf(c.req.raw);
    if (page === null) return refuse(error, exchange);
    const shown = exchange === undefined ? error : errorShownTo(exchange.invocation.caller, error);
    return answerProblem(page, { error: shown, exchange });
  });

  /** Null for what asks for a route. */
  function pageOf(request: Request): PageRequest | null {
    const place = placeOf(request);
    if (place?.path !== CONSOLE_PATH) return null;
    return { request, base: place.base };
  }

  async function handle(request: Request, context: Context): Promise<Response | null> {
    if (placeOf(request) === null) return null;
    const call: Call<Context> = { context };
    try {
      const response = await app.fetch(request, call);
      if (response.status >= 400 && call.exchange !== undefined) await drainRefused(request, response.status);
      return response;
    } catch (thrown) {
      return answerError(thrown);
    }
  }
  return {
    handle,
    fetch: async (request, context) => (await handle(request, context)) ?? nothingHere(basePath),
    scheduled: (_, context) => pruneOnSchedule(resourcesOf(options, context), { olderThanMs }),
  };
}

function readBasePath(path: string = BASE_PATH): string {
  if (/^(\/[\w.~-]+)*$/.test(path)) return path;
  throw new FerryError("NOT_CONFIGURED", "basePath has to begin with a slash, and end without one", {
    hint: `Leave it out for ${BASE_PATH}, where the command looks.`,
  });
}

function readAge(ms: number | undefined): number | undefined {
  if (ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)) return ms;
  throw new FerryError("NOT_CONFIGURED", "pruneOlderThanMs has to be a whole number of milliseconds", {
    hint: "7 days are 604800000, and are what counts where it is left out.",
  });
}

/** Also of a login that another site's page used: by then nobody has said whose it was. */
function tellOfStranger({ onEvent }: Resources, request: Request, error: unknown): void {
  if (!(error instanceof FerryError)) return;
  const { code } = error;
  if (code !== "AUTHENTICATION_REQUIRED" && code !== "CROSS_ORIGIN") return;
  tellHost(onEvent)(deniedStranger({ code, from: addressOf(request) }));
}

function nothingHere(basePath: string): Response {
  const paths = ROUTE_PATHS.map((path) => pathOf(path, basePath));
  return answerError(
    new FerryError("NOT_FOUND", "There is nothing at this path", {
      hint: `d1-ferry answers at paths that end in ${paths.join(" or ")}.`,
    }),
  );
}

function resourcesOf<Context>(options: FerryOptions<Context>, context: Context): Resources {
  const { platform, database, bucket, workflow, tokens } = options;
  return {
    onEvent: (event) => options.onEvent?.(event, context),
    platform: typeof platform === "function" ? platform(context) : platform,
    get database() {
      return database(context);
    },
    get bucket() {
      return bucket(context);
    },
    get workflow() {
      return workflow?.(context);
    },
    get tokens() {
      return tokens?.(context)?.FERRY_TOKENS;
    },
  };
}

type Path = RoutePath | typeof CONSOLE_PATH;

/** The route, or the page, that the URL's path ends in, a trailing slash aside, and the base before it; null for another path. */
function splitPath(
  url: string,
  { basePath, paths }: { basePath: string; paths: readonly Path[] },
): { base: string; path: Path } | null {
  const whole = new URL(url).pathname.replace(/\/$/, "");
  const path = paths.find((known) => whole.endsWith(pathOf(known, basePath)));
  return path === undefined ? null : { base: whole.slice(0, -path.length - 1), path };
}

function refuse(error: unknown, exchange: Exchange | undefined): Response {
  const known = error instanceof FerryError && error.code === "AUTHENTICATION_REQUIRED";
  return answerError(exchange === undefined ? error : errorShownTo(exchange.invocation.caller, error), {
    ...(exchange === undefined ? {} : { usage: exchange.invocation.meter.read() }),
    ...(known ? { headers: { "www-authenticate": 'Bearer realm="d1-ferry"' } } : {}),
  });
}

/** Whatever answers GET answers HEAD. */
function allowed(path: RoutePath): string {
  return methodsOf(path)
    .flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))
    .join(", ");
}

function refuseMethod(allow: string): Response {
  const error = new FerryError("METHOD_NOT_ALLOWED", "This path does not answer to this method", {
    hint: `It answers to ${allow}.`,
  });
  return answerError(error, { headers: { allow } });
}

function exchangeOf({ exchange }: Call<unknown>): Exchange {
  if (exchange === undefined) throw unauthenticated();
  return exchange;
}
