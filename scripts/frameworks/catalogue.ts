/** A framework whose starter's app lies in `examples/`, and how that app is built and deployed. */
export interface FrameworkApp {
  /** The folder in `examples/`, and what `init` calls it. */
  name: string;
  title: string;
  /** What made the app. */
  starter: string;
  /** What builds it, as npm's arguments; nothing where wrangler bundles the source itself. */
  build: readonly (readonly string[])[];
  /** Makes the types of its bindings and checks its own, as npm's arguments; nothing where its build does, or it has no compiler. */
  typecheck: readonly (readonly string[])[];
  /** Deploys what was built, as the app's owner would type it. */
  deploy: string;
  /** Does the framework read a request's body to its end before it hands the request on? */
  buffers: boolean;
}

const WRANGLER = "npx wrangler deploy --secrets-file .dev.vars";

const TSC = ["exec", "--", "tsc", "--noEmit"];
const TYPEGEN = [["run", "cf-typegen"], TSC];

/** In the order of the table in docs/frameworks.md. */
export const FRAMEWORKS: readonly FrameworkApp[] = [
  {
    name: "worker",
    title: "Worker",
    starter: "`create-cloudflare` 2.74.0, Hello World in TypeScript",
    build: [],
    typecheck: TYPEGEN,
    deploy: WRANGLER,
    buffers: false,
  },
  {
    name: "hono",
    title: "Hono",
    starter: "code and wrangler file of `create-cloudflare` 2.74.0, the rest by hand",
    build: [],
    typecheck: TYPEGEN,
    deploy: WRANGLER,
    buffers: false,
  },
  {
    name: "astro",
    title: "Astro",
    starter: "by hand, then `astro add cloudflare` of Astro 7.3.5",
    build: [["run", "build"]],
    typecheck: [],
    deploy: `npm run build && ${WRANGLER}`,
    buffers: false,
  },
  {
    name: "next",
    title: "Next (OpenNext)",
    starter:
      "`create-next-app` 16.4.3 `--empty`, then `opennextjs-cloudflare migrate` 1.20.17, which asks for Next 16.4.6",
    build: [["exec", "--", "opennextjs-cloudflare", "build"]],
    typecheck: [],
    deploy: "npx opennextjs-cloudflare build && npx opennextjs-cloudflare deploy -- --secrets-file .dev.vars",
    buffers: true,
  },
  {
    name: "vinext",
    title: "Next (vinext)",
    starter:
      "`create-next-app` 16.4.3 `--empty`, then `vinext init` 1.4.0 `--platform=cloudflare --legacy-wrangler-cloudflare-init`",
    build: [["run", "build:vinext"]],
    typecheck: [],
    deploy: `npm run build:vinext && ${WRANGLER}`,
    buffers: false,
  },
  {
    name: "react-router",
    title: "React Router",
    starter: "by hand, as React Router 8.4.0 documents it for Workers",
    build: [["run", "build"]],
    typecheck: TYPEGEN,
    deploy: `npm run build && ${WRANGLER}`,
    buffers: false,
  },
  {
    name: "sveltekit",
    title: "SvelteKit",
    starter: "`sv create` 0.17.1, then `sv add sveltekit-adapter`",
    build: [
      ["run", "gen"],
      ["run", "build"],
    ],
    // Not its script "check", for which types made before the build are too old, and those made behind it read what was built.
    typecheck: [["exec", "--", "svelte-check", "--tsconfig", "./tsconfig.json"]],
    deploy: `npm run gen && npm run build && ${WRANGLER}`,
    buffers: false,
  },
  {
    name: "nuxt",
    title: "Nuxt",
    starter: "by hand, as Nuxt 4.5.2 documents it for Workers, and the wrangler file of `create-cloudflare`",
    build: [["run", "build"]],
    typecheck: [],
    deploy: `npm run build && ${WRANGLER}`,
    buffers: true,
  },
  {
    name: "tanstack-start",
    title: "TanStack Start",
    starter: "`tanstack create` 0.71.0 `--blank --deployment cloudflare`",
    build: [["run", "build"]],
    typecheck: [["exec", "--", "wrangler", "types"], TSC],
    deploy: `npm run build && ${WRANGLER}`,
    buffers: false,
  },
];
