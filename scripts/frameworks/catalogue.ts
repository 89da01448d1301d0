/** A framework whose starter's app lies in `examples/`, and how that app is built and deployed. */
export interface FrameworkApp {
  /** The folder in `examples/`, and what `init` calls it. */
  name: string;
  title: string;
  /** What made the app. */
  starter: string;
  /** The script of its package.json that builds it; null where wrangler bundles the source itself. */
  build: string | null;
  /** Deploys what was built, as the app's owner would type it. */
  deploy: string;
  /** Does the framework read a request's body to its end before it hands the request on? */
  buffers: boolean;
}

const WRANGLER = "npx wrangler deploy --secrets-file .dev.vars";

/** In the order of the table in docs/frameworks.md. */
export const FRAMEWORKS: readonly FrameworkApp[] = [
  {
    name: "worker",
    title: "Worker",
    starter: "`create-cloudflare` 2.74.0, Hello World in TypeScript",
    build: null,
    deploy: WRANGLER,
    buffers: false,
  },
  {
    name: "hono",
    title: "Hono",
    starter: "`create-cloudflare` 2.74.0, Hono",
    build: null,
    deploy: WRANGLER,
    buffers: false,
  },
];
