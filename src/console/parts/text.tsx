import { age, moment } from "../../numbers.ts";
import { visible } from "./visible.ts";

export { visible };

/*
 * Names, cells and messages come from archives, which may be anybody's. As text they cannot be markup; what is left
 * to them are characters that hide, or that turn the direction of what stands beside them.
 */

/** Text from elsewhere: control characters are shown as such, and its direction stays its own. */
export function Foreign({ text }: { text: string }) {
  return <bdi>{visible(text)}</bdi>;
}

/** The same in the type of code. */
export function Name({ text }: { text: string }) {
  return (
    <code class="name">
      <Foreign text={text} />
    </code>
  );
}

/** A moment, in UTC until the script says it in the reader's own time. */
export function Moment({ ms }: { ms: number }) {
  return (
    <time datetime={isoOf(ms)} data-moment>
      {moment(ms)}
    </time>
  );
}

/** How long ago it was; the moment itself is in its title. */
export function Ago({ ms, now }: { ms: number; now: number }) {
  const ago = age(now - ms);
  return (
    <time datetime={isoOf(ms)} title={moment(ms)}>
      {ago === "just now" ? ago : `${ago} ago`}
    </time>
  );
}

/** What a run or an entry says of its time may be anything. */
export function isoOf(ms: number): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
