import { strangersPage } from "../page.tsx";
import { Foreign } from "../parts/text.tsx";
import { addressOf, type Rendered, type Visit } from "../visit.ts";

/** For who is nobody here yet. `failed` is why the last try was none. */
export function signIn(
  visit: Pick<Visit, "nonce" | "url">,
  { status, failed }: { status: number; failed?: string | undefined },
): Rendered {
  return strangersPage(visit, {
    title: "Sign in",
    status,
    children: (
      <>
        <h1>Sign in</h1>
        <p class="lead">
          With a token that this app takes: its <code>FERRY_TOKEN</code>, or one that{" "}
          <code>d1-ferry token</code> made for you. If you are logged in to the app and it lets you, you need
          none.
        </p>
        {failed && (
          <div class="alert bad" role="alert">
            <p>
              <Foreign text={failed} />
            </p>
          </div>
        )}
        <form class="stack card" method="post" action={addressOf({ do: "sign-in" })}>
          <div>
            <label class="title" for="token">
              Token
            </label>
            <input
              id="token"
              name="token"
              type="password"
              required
              autocomplete="current-password"
              spellcheck={false}
              autofocus
            />
          </div>
          <div>
            <button type="submit">Sign in</button>
          </div>
          <p class="small soft">The session ends after 12 hours, and may do what the token may.</p>
        </form>
      </>
    ),
  });
}
