/** What the routes find in the Worker. The app's own types say more; these are not published. */
declare namespace Cloudflare {
  interface Env {
    [binding: string]: unknown;
  }
}

declare module "cloudflare:workers" {
  export const env: Cloudflare.Env;
}

declare module "virtual:d1-ferry/config" {
  export const config: import("./options.ts").AstroFerryConfig;
}
