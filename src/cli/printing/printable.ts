/** A note, which is worded for an API as well, as a command needs it: without how a request would say it. */
export function noteText(note: string): string {
  return printable(note.replace(/ \("(?:include|all|create)": (?:true|"all"|\["TABLE"\])\)/g, ""));
}

/**
 * Text from elsewhere on one line, without what a terminal would obey: escape sequences and control
 * characters in a table's name must not move the cursor or hide a line of the plan.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}
