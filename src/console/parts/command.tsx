import { shellWord } from "../../shell-word.ts";

/** The command that does the same as what stands beside it; the script adds a button that copies it. */
export function Command({ words, note }: { words: readonly string[]; note?: string }) {
  return (
    <p class="command">
      <span class="note">In a terminal:</span>
      <code data-copy>{["d1-ferry", ...words.map(shellWord)].join(" ")}</code>
      {note && <span class="note"> {note}</span>}
    </p>
  );
}
