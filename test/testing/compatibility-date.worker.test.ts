import { expect, inject, test } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the Worker that the suites run in. */
    compatibilityDate: string;
  }
}

test("the Worker suites run at the compatibility date that was asked for", () => {
  const { Cloudflare } = globalThis as unknown as {
    Cloudflare: { compatibilityFlags: Record<string, boolean> };
  };
  // On since 2025-04-01, by its date alone.
  const { nodejs_compat_populate_process_env: populated } = Cloudflare.compatibilityFlags;
  expect(populated).toBe(inject("compatibilityDate") >= "2025-04-01");
});
