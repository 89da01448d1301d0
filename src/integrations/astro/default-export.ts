import d1Ferry from "./index.ts";
import type { AstroFerryOptions } from "./options.ts";

/**
 * The Astro integration where `astro add d1-ferry` looks for it: the package's default export. Its type is an
 * `AstroIntegration` that names nothing of Astro, since other apps, which read these declarations too, have none.
 */
const integration: (options?: AstroFerryOptions) => { name: string; hooks: object } = d1Ferry;

export default integration;
