import { type Answer, ROUTES, type RouteName } from "../api/routes.ts";
import type { MakeCall, Rendered, Visit } from "../console/index.ts";
import { FIRST } from "../console/visit.ts";
import { FerryError } from "../errors.ts";
import { requirePermissions } from "../operations/caller.ts";
import { answerJson, answerPage, seeOther } from "./answer.ts";
import { refuseCrossOrigin, type TokenSettings } from "./auth.ts";
import { openBody, parseForm } from "./body.ts";
import { type Handlers, makeCall } from "./call.ts";
import { asAnswered } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { withHints } from "./hints.ts";
import { beginSession, endSession, hasSession } from "./session.ts";
import { READS, writes } from "./sync-route.ts";
import { shownTo } from "./without-cells.ts";

/** Far more than any form of the page holds, bytes. */
const MAX_FORM_BYTES = 64 * 1024;

/** A request for the page, whoever makes it. */
export interface PageRequest {
  request: Request;
  /** Mount and base path. */
  base: string;
}

/** The page is loaded by the first who asks for it: an app that nobody looks at does not pay for it. */
const load = () => import("../console/index.ts");

/** Answers somebody who may do something here. */
export async function answerConsole(exchange: Exchange, { request }: PageRequest): Promise<Response> {
  requirePermissions(exchange.invocation.caller, []);
  const { answerVisit } = await load();
  const form = request.method === "POST" ? await readForm(request) : null;
  const visit = visitOf(exchange, form);
  const answered = await answerVisit(visit, wantsJson(request));
  return "json" in answered ? answerJson(answered.json) : respond(answered, visit.nonce);
}

/**
 * Answers who signs in, before it is known who that is; null for any other request. The body of a stranger is read as far
 * as a token can be long.
 */
export async function answerSignIn(page: PageRequest, settings: TokenSettings): Promise<Response | null> {
  const { request, base } = page;
  const url = new URL(request.url);
  const action = url.searchParams.get("do");
  if (request.method !== "POST" || (action !== "sign-in" && action !== "sign-out")) return null;
  refuseCrossOrigin(request);
  const place = { base: url.pathname.endsWith("/") ? base : null, secure: isSecure(request) };
  if (action === "sign-out") return seeOther(FIRST, { "set-cookie": endSession(place) });
  const form = await readForm(request, 4096);
  const cookie = await beginSession((form.get("token") ?? "").trim(), { settings, ...place }).catch(
    (error) => {
      if (error instanceof FerryError && error.code === "AUTHENTICATION_REQUIRED") return error;
      throw error;
    },
  );
  if (typeof cookie === "string") return seeOther(FIRST, { "set-cookie": cookie });
  const failed = cookie?.message ?? "The app does not know this token.";
  return signInPage(page, { status: 401, failed });
}

/** An error as a page: for a stranger, where to sign in. */
export async function answerProblem(
  page: PageRequest,
  { error, exchange }: { error: unknown; exchange: Exchange | undefined },
): Promise<Response> {
  const { body, status, headers } = asAnswered(error);
  if (wantsJson(page.request)) return answerJson(body, { status, headers });
  if (exchange === undefined && body.code === "AUTHENTICATION_REQUIRED") {
    return signInPage(page, {
      status,
      ...(body.details?.reason === undefined ? {} : { failed: body.error }),
    });
  }
  const { problem } = await load();
  const visit = exchange === undefined ? strangerOf(page) : visitOf(exchange, null);
  return respond(problem(visit, { problem: body, status }), visit.nonce, headers);
}

async function signInPage(
  page: PageRequest,
  options: { status: number; failed?: string | undefined },
): Promise<Response> {
  const { signIn } = await load();
  const visit = strangerOf(page);
  return respond(signIn(visit, options), visit.nonce);
}

function strangerOf({ request }: PageRequest): Pick<Visit, "nonce" | "url"> {
  return { nonce: newNonce(), url: new URL(request.url) };
}

function visitOf(exchange: Exchange, form: URLSearchParams | null): Visit {
  const { invocation, url, base, request } = exchange;
  const { grant } = invocation.caller;
  const call = callOf(exchange);
  const signedIn = hasSession(request);
  return { url, base, grant, signedIn, call, form, now: Date.now(), nonce: newNonce() };
}

/** Calls of the API for this visit, as they would be made by HTTP. */
function callOf(exchange: Exchange): MakeCall {
  const handlers = { ...READS, ...writes(new Uint8Array(0)) };
  return async <N extends RouteName>(name: N, sent: Record<string, unknown> = {}) => {
    const asked = ROUTES[name].method === "GET" ? inQuery(sent) : sent;
    const answer = await makeCall(exchange, handlers as unknown as Handlers<N>, { name, sent: asked });
    return withHints(shownTo(exchange.invocation.caller, answer)) as Answer<N>;
  };
}

/** As a query would bring it. */
function inQuery(sent: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, String(value)]));
}

async function readForm(request: Request, limit = MAX_FORM_BYTES): Promise<URLSearchParams> {
  const body = await openBody(request, limit);
  return parseForm(await body.read(limit));
}

function wantsJson(request: Request): boolean {
  return request.headers.get("accept")?.includes("application/json") ?? false;
}

/** Behind a proxy that ends the connection the app itself may see http. A cookie for https alone would be lost on a laptop. */
function isSecure(request: Request): boolean {
  return new URL(request.url).protocol === "https:" || request.headers.get("x-forwarded-proto") === "https";
}

function newNonce(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function respond(rendered: Rendered, nonce: string, headers: Record<string, string> = {}): Response {
  return "seeOther" in rendered
    ? seeOther(rendered.seeOther)
    : answerPage(rendered.html, { status: rendered.status, nonce, headers });
}
