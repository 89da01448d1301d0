import type { ToldProgress } from "./progress.ts";

/** Where the script tells how far work is. It begins hidden, but with what `told` says that others do. */
export function Working({ told }: { told?: ToldProgress }) {
  return (
    <div data-working hidden={told === undefined}>
      <p>
        <span role="status" data-says>
          {told?.says}
        </span>{" "}
        <span class="soft" data-figures />
      </p>
      <progress
        data-bar
        aria-label="Progress"
        hidden={told?.of === null}
        {...(told?.of ? { value: told.done, max: told.of } : {})}
      />
    </div>
  );
}
