/** Where the script tells how far a form's work is. */
export function Working() {
  return (
    <div data-working hidden>
      <p role="status" data-says />
      <progress data-bar aria-label="Progress" />
    </div>
  );
}
