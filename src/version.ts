import manifest from "../package.json" with { type: "json" };

/** d1-ferry's own, such as "1.2.3". A bundler takes nothing else of the manifest along. */
export const VERSION: string = manifest.version;
