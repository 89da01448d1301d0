/** The bindings of test/support/wrangler.json. */
declare namespace Cloudflare {
  interface Env {
    DB: import("@cloudflare/workers-types").D1Database;
    DB_SOURCE: import("@cloudflare/workers-types").D1Database;
    DATA_SYNC: import("@cloudflare/workers-types").R2Bucket;
    DATA_SYNC_SOURCE: import("@cloudflare/workers-types").R2Bucket;
    FERRY_WORKFLOW: import("@cloudflare/workers-types").Workflow<
      import("../../src/operations/background.ts").BackgroundRun
    >;
  }
}

/** What Vite puts in for a pattern of file names. */
interface ImportMeta {
  glob<T>(pattern: string, options: { query: "?raw"; import: "default"; eager: true }): Record<string, T>;
}

/** The handlers of test/support/worker.ts, called as the runtime calls them. */
declare module "cloudflare:workers" {
  export const exports: { default: { scheduled(options: { cron: string }): Promise<void> } };
}
