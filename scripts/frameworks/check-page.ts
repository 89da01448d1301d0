/**
 * Signs in on the page as a browser does, and looks at the first view. Rejects where a stranger sees more than where to sign
 * in, or where the page does not come through the framework as it was made.
 */
export async function checkPage(url: string, token: string): Promise<void> {
  const page = `${url}/api/admin/ferry`;
  await requirePage(await fetch(page), { status: 401, text: "Sign in" });
  const origin = new URL(url).origin;
  const signedIn = await fetch(`${page}?do=sign-in`, {
    method: "POST",
    body: new URLSearchParams({ token }),
    headers: { origin, "sec-fetch-site": "same-origin" },
    redirect: "manual",
  });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0];
  if (signedIn.status !== 303 || cookie === undefined)
    throw new Error(`The page answered ${signedIn.status} to a sign-in: ${await signedIn.text()}`);
  await requirePage(await fetch(page, { headers: { cookie } }), { status: 200, text: "Last runs" });
}

async function requirePage(
  response: Response,
  { status, text }: { status: number; text: string },
): Promise<void> {
  const html = await response.text();
  const policy = response.headers.get("content-security-policy") ?? "";
  const isWhole =
    html.startsWith("<!doctype html>") && html.includes(text) && policy.includes("script-src 'nonce-");
  if (response.status !== status || !isWhole)
    throw new Error(`The page answered ${response.status} in the place of ${status}: ${html.slice(0, 300)}`);
}
