/** The bindings of test/support/wrangler.json. */
declare namespace Cloudflare {
  interface Env {
    DB: import("@cloudflare/workers-types").D1Database;
    DATA_SYNC: import("@cloudflare/workers-types").R2Bucket;
  }
}
