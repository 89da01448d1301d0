import type { RouteName } from "../api/routes.ts";
import { type ErrorCode, FerryError } from "../errors.ts";

const NOWHERE =
  "Nothing in this app's bucket has this key. GET ?operation=list shows what is there; an export of another app has to be uploaded here first.";

/** What to send next where a route is refused with a code: operations say what is wrong, not what to send. */
const HINTS: Readonly<Partial<Record<RouteName, Partial<Record<ErrorCode, string>>>>> = {
  export: {
    NOT_FOUND: 'Start a new one with {"operation":"export"}.',
    INVALID_KEY: 'Use the exportKey that {"operation":"export"} answered.',
  },
  download: { NOT_FOUND: NOWHERE },
  diff: { NOT_FOUND: NOWHERE },
  sync: { NOT_FOUND: NOWHERE },
  status: { NOT_FOUND: NOWHERE },
  drop: {
    NOT_FOUND:
      "Nothing has this key; perhaps it is dropped already. GET ?operation=list shows what is there.",
  },
};

/** The error, with what to send next where it does not say what to do. */
export function withHint(error: unknown, name: RouteName): unknown {
  if (!(error instanceof FerryError) || error.hint !== undefined) return error;
  const { code, message, details, transient, cause } = error;
  const hint = HINTS[name]?.[code];
  if (hint === undefined) return error;
  return new FerryError(code, message, {
    hint,
    transient,
    cause,
    ...(details === undefined ? {} : { details }),
  });
}
