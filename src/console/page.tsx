import type { Child } from "hono/jsx";
import script from "./browser/index.ts?script";
import { Foreign } from "./parts/text.tsx";
import { STYLE } from "./style.ts";
import { addressOf, allows, type Rendered, type Visit } from "./visit.ts";

/** A title's middle is not seen where the menu has to fit a phone. */
const VIEWS = [
  { view: undefined, title: ["Now"] },
  { view: "runs", title: ["Runs"] },
  { view: "in", title: ["Bring ", "data ", "in"], needs: "plan" },
  { view: "out", title: ["Take ", "data ", "out"] },
  { view: "compare", title: ["Compare"], needs: "read" },
] as const;

export interface PageOptions {
  title: string;
  /** Which entry of the navigation this page is under. */
  view?: (typeof VIEWS)[number]["view"] | "none";
  /** @default 200 */
  status?: number;
  children: Child;
}

/** A whole page for somebody who may see it. */
export function page(visit: Visit, { title, view, status = 200, children }: PageOptions): Rendered {
  const shell = (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <a class="brand" href={addressOf()}>
          <Mark />
          <span>
            <span class="unseen">d1-ferry at </span>
            {visit.url.host}
          </span>
        </a>
        <nav aria-label="Views">
          {VIEWS.map((one) =>
            "needs" in one && !allows(visit, one.needs) ? null : (
              <a href={addressOf({ view: one.view })} {...(one.view === view ? CURRENT : {})}>
                {one.title.map((part, i) => (i === 1 ? <span>{part}</span> : part))}
              </a>
            ),
          )}
        </nav>
        <div class="who">
          <span title={`May ${visit.grant.may.join(", ")}`}>
            <Foreign text={visit.grant.name} />
          </span>
          {visit.signedIn && (
            <form method="post" action={addressOf({ do: "sign-out" })}>
              <button class="quiet" type="submit">
                Sign out
              </button>
            </form>
          )}
        </div>
      </header>
      <main id="main" tabindex={-1}>
        {children}
      </main>
    </>
  );
  return { status, html: documentOf({ title: `${title} · ${visit.url.host}`, nonce: visit.nonce, shell }) };
}

const CURRENT = { "aria-current": "page" } as const;

/** A page for somebody who is nobody here. */
export function strangersPage(
  { nonce, url }: Pick<Visit, "nonce" | "url">,
  { title, status, children }: { title: string; status: number; children: Child },
): Rendered {
  const shell = (
    <main id="main" class="alone">
      <p class="brand">
        <Mark />
        <span>{url.host}</span>
      </p>
      {children}
    </main>
  );
  return { status, html: documentOf({ title: `${title} · ${url.host}`, nonce, shell }) };
}

function documentOf({ title, nonce, shell }: { title: string; nonce: string; shell: Child }): string {
  const whole = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <style nonce={nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        {shell}
        <script nonce={nonce} dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  );
  return `<!doctype html>${whole}`;
}

/** A ferry between two banks. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 24" aria-hidden="true" focusable="false">
      <path d="M4 13h24l-4 6H8z" />
      <path d="M10 6h9l3 5H10z" />
      <path
        class="water"
        d="M1 22c2.5 0 2.5-1.5 5-1.5S8.5 22 11 22s2.5-1.5 5-1.5 2.5 1.5 5 1.5 2.5-1.5 5-1.5 2.5 1.5 5 1.5"
      />
    </svg>
  );
}
