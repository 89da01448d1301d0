import { Hono } from "hono";
import { pathOf, ROUTE_PATHS, type RoutePath } from "../api/paths.ts";
import { type MethodOf, methodsOf } from "../api/routes.ts";
import { FerryError } from "../errors.ts";
import type { Resources } from "../operations/invocation.ts";
import { refuseCrossOrigin } from "./auth.ts";
import { drainRefused } from "./body.ts";
import { answerError } from "./errors.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { answerMultipartGet, answerMultipartPost, answerMultipartPut } from "./multipart-route.ts";
import type { FerryOptions } from "./options.ts";
import { answerSyncGet, answerSyncPost } from "./sync-route.ts";

type Answerer = (exchange: Exchange) => Promise<Response>;

const ANSWERERS: { [P in RoutePath]: Record<MethodOf<P>, Answerer> } = {
  "r2-sync": { GET: answerSyncGet, POST: answerSyncPost },
  "multipart-upload": { GET: answerMultipartGet, POST: answerMultipartPost, PUT: answerMultipartPut },
};

interface Env<Context> {
  Bindings: { context: Context };
  Variables: { exchange?: Exchange };
}

/**
 * The HTTP API: one function from Request to Response. It answers every path that ends in
 * `/api/admin/r2-sync` or `/api/admin/multipart-upload`, whatever the app's base path, and never
 * rejects. `context` is handed to the options as it is: the bindings, for example.
 */
export function createFerry<Context = unknown>(
  options: FerryOptions<Context>,
): (request: Request, context: Context) => Promise<Response> {
  const app = new Hono<Env<Context>>({ getPath: (request) => splitPath(request.url).route });

  app.use(async (c, next) => {
    const request = c.req.raw;
    const actor = await identify(request, c.env.context, options);
    if (actor === null) throw unauthenticated();
    refuseCrossOrigin(request, actor);
    c.set(
      "exchange",
      createExchange(request, splitPath(request.url).base, resourcesOf(options, c.env.context)),
    );
    await next();
  });

  for (const path of ROUTE_PATHS) {
    for (const [method, answer] of Object.entries<Answerer>(ANSWERERS[path])) {
      app.on(method, pathOf(path), (c) => answer(exchangeOf(c.get("exchange"))));
    }
    app.all(pathOf(path), () => refuseMethod(allowed(path)));
  }

  app.notFound(() =>
    answerError(
      new FerryError("NOT_FOUND", "There is nothing at this path", {
        hint: `d1-ferry answers below ${ROUTE_PATHS.map((path) => pathOf(path)).join(" and ")}.`,
      }),
    ),
  );
  app.onError((error, c) => refuse(error, c.get("exchange")));

  return async (request, context) => {
    try {
      const response = await app.fetch(request, { context });
      if (response.status >= 400) await drainRefused(request);
      return response;
    } catch (thrown) {
      return answerError(thrown);
    }
  };
}

function resourcesOf<Context>(options: FerryOptions<Context>, context: Context): Resources {
  const { platform, database, bucket, workflow } = options;
  return {
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
  };
}

/** The route a path ends in, without a trailing slash, and what stands before it. */
function splitPath(url: string): { base: string; route: string } {
  const path = new URL(url).pathname.replace(/\/$/, "");
  const route = ROUTE_PATHS.map((known) => pathOf(known)).find((known) => path.endsWith(known));
  return route === undefined ? { base: "", route: "/" } : { base: path.slice(0, -route.length), route };
}

async function identify<Context>(request: Request, context: Context, options: FerryOptions<Context>) {
  try {
    return await options.authorize(request, context);
  } catch (cause) {
    if (cause instanceof FerryError) throw cause;
    // Nobody is authorised yet, so nothing of the cause is told.
    throw new FerryError("INTERNAL", "The app failed to check who you are", { cause });
  }
}

function unauthenticated(): FerryError {
  return new FerryError("AUTHENTICATION_REQUIRED", "Authentication required", {
    hint: "Log in to the app, or send the header Authorization: Bearer with the app's FERRY_TOKEN.",
  });
}

function refuse(error: unknown, exchange: Exchange | undefined): Response {
  const known = error instanceof FerryError && error.code === "AUTHENTICATION_REQUIRED";
  return answerError(error, {
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

function exchangeOf(exchange: Exchange | undefined): Exchange {
  if (exchange === undefined) throw unauthenticated();
  return exchange;
}
