import { FerryError } from "../errors.ts";
import { readPlatformPage } from "./platform-page.ts";

/** What stands between us and d1-ferry: the platform, a proxy, the app's own login. */
export function fromPlatform({ status }: Response, where: string, text: string): FerryError {
  if (status === 413) {
    return new FerryError("CONTENT_TOO_LARGE", `${where} takes no request body as large as this`, {
      hint: 'Upload it in parts (POST {"action":"start"} to /api/admin/multipart-upload), or in smaller ones.',
    });
  }
  if (status === 401 || status === 403) {
    const crossSite = /cross-site/i.test(text);
    return new FerryError(
      crossSite ? "CROSS_ORIGIN" : "AUTHENTICATION_REQUIRED",
      `${where} answered ${status} before d1-ferry was asked`,
      {
        hint: crossSite
          ? "The app's origin check refused the request: send a content type of application/octet-stream or JSON."
          : "Sign in with a token or a session cookie that this app knows.",
        ...(crossSite ? {} : { details: { app: where, before: true } }),
      },
    );
  }
  // 501: a server that knows no POST at all.
  if (status === 404 || status === 405 || status === 501) {
    return new FerryError("UNREACHABLE", `There is no d1-ferry at ${where} (${status})`, {
      hint: "Check the address and its base path, and that the app is deployed with d1-ferry in it.",
    });
  }
  const page = readPlatformPage(status, text);
  if (page !== null) {
    return new FerryError("UNREACHABLE", `${where} answered ${status}: ${page.meaning} (${page.code})`, {
      transient: page.transient,
      hint: page.hint ?? "What was done is kept. Run the same command again; it goes on where it stands.",
      details: { status, platformCode: page.code },
    });
  }
  const transient = status >= 500 || status === 429 || status === 408;
  return new FerryError("UNREACHABLE", `${where} answered ${status}, but not as d1-ferry does`, {
    transient,
    hint: transient
      ? "The platform refused or stopped the request. Run the same command again; it goes on where it stands."
      : "Check the address and its base path.",
    details: { status },
  });
}

export function redirected(response: Response, where: string, url: string): FerryError {
  const location = response.headers.get("location") ?? "";
  const target = location !== "" && URL.canParse(location, url) ? new URL(location, url) : null;
  const to = target === null ? "another address" : target.origin + target.pathname;
  return new FerryError("UNREACHABLE", `${where} redirects to ${to}`, {
    hint: "Redirects are not followed, so that credentials go nowhere else: sign in, or give that address.",
  });
}

export function isRedirect(response: Response): boolean {
  return response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400);
}
