declare module "cloudflare:workers" {
  export const env: {
    DB: import("@cloudflare/workers-types").D1Database;
    DATA_SYNC: import("@cloudflare/workers-types").R2Bucket;
    FERRY_TOKEN?: string;
  };
}

declare namespace App {
  interface Locals {
    user: import("./lib/accounts.ts").User | null;
  }
}
