declare module "cloudflare:workers" {
  export const env: {
    DB: import("@cloudflare/workers-types").D1Database;
    DATA_SYNC: import("@cloudflare/workers-types").R2Bucket;
  };
}
