/** What the integrations find in the Worker. The app's own types say more; these are not published. */
declare namespace Cloudflare {
  interface Env {
    [binding: string]: unknown;
  }
}

declare module "cloudflare:workers" {
  export const env: Cloudflare.Env;
  export abstract class WorkflowEntrypoint<Env> {
    protected env: Env;
    constructor(context: unknown, env: Env);
  }
}

declare module "virtual:d1-ferry/config" {
  export const config: import("./astro/options.ts").AstroFerryConfig;
  export const users: import("./astro/authorize.ts").Users;
}
