/** The part that is used. */
declare module "js-yaml" {
  export function load(text: string): unknown;
}
