/** A button beside each command that copies it. */
export function wireCopies(root: ParentNode = document): void {
  if (navigator.clipboard === undefined) return;
  for (const code of root.querySelectorAll<HTMLElement>("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent ?? "");
        button.textContent = "Copied";
      } catch {
        // The browser does not allow it: the text can still be marked.
        getSelection()?.selectAllChildren(code);
        button.textContent = "Press Ctrl+C";
      }
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
    code.after(button);
  }
}
