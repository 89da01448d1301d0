import { env } from "cloudflare:workers";
import { config, users } from "virtual:d1-ferry/config";
import { r2Bucket } from "../../bucket/r2.ts";
import { d1Database } from "../../database/d1.ts";
import { createFerry } from "../../http/ferry.ts";
import { isNamed, readPlatform } from "../../operations/platforms.ts";
import { findBucket, findDatabase, findWorkflow } from "../bindings.ts";
import { authorizeUser } from "./authorize.ts";

/** The part of Astro's APIContext that is used; `locals` has whatever type the app gives it. */
interface RouteContext {
  request: Request;
  locals: object;
}

const ferry = createFerry<object>({
  database: () => d1Database(findDatabase(env, config.database)),
  bucket: () => r2Bucket(findBucket(env, config.bucket)),
  tokens: () => ({ FERRY_TOKEN: env.FERRY_TOKEN, FERRY_TOKENS: env.FERRY_TOKENS }),
  authorize: (request, locals) => authorizeUser(request, locals, users),
  allowedBy: `the option users of d1Ferry in astro.config (it is ${JSON.stringify(config.users)}; "all" lets everybody who is signed in, a module of the app answers with a grant for each)`,
  policy: config.policy,
  console: config.console,
  workflow: () => (config.workflow === null ? null : findWorkflow(env, config.workflow)),
  platform: () => {
    const named = env.FERRY_PLATFORM || config.platform;
    return isNamed(named) ? readPlatform(named) : undefined;
  },
  basePath: config.path,
});

/** The routes and the page: the path of the request says which one it is. */
export const answer = ({ request, locals }: RouteContext): Promise<Response> => ferry.fetch(request, locals);
