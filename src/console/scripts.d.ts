/** A module of this folder as the text of a script, as `scripts/build/browser-script.ts` makes it. */
declare module "*?script" {
  const text: string;
  export default text;
}
