import { FerryError } from "../errors.ts";

/** R2's error codes that mean something to us (developers.cloudflare.com/r2/api/error-codes). */
export const R2_CODES = {
  internal: 10001,
  entityTooSmall: 10011,
  incompleteBody: 10013,
  noSuchUpload: 10024,
  invalidPart: 10025,
  invalidRange: 10039,
  unavailable: 10043,
  badUpload: 10048,
  clientDisconnect: 10054,
  tooManyRequests: 10058,
} as const;

const TRANSIENT = new Set<number | undefined>([
  R2_CODES.internal,
  R2_CODES.incompleteBody,
  R2_CODES.unavailable,
  R2_CODES.clientDisconnect,
  R2_CODES.tooManyRequests,
]);

/** The code that stands in parentheses at the end of an R2 error's message. */
export function r2Code(error: unknown): number | undefined {
  const digits = /\((\d+)\)\s*$/.exec(messageOf(error))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** An error thrown by the binding, in our words: permanent where R2 says so, else worth another try. */
export function r2Failure(verb: string, name: string, error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const code = r2Code(error);
  const message = `The bucket could not ${verb} ${name}: ${messageOf(error)}`;
  switch (code) {
    case R2_CODES.noSuchUpload:
      return new FerryError("UPLOAD_NOT_FOUND", message, { cause: error });
    case R2_CODES.invalidPart:
      return new FerryError("PART_MISSING", message, { cause: error });
    case R2_CODES.entityTooSmall:
      return new FerryError("PART_TOO_SMALL", message, { cause: error });
    case R2_CODES.badUpload:
      return new FerryError("PART_SIZE_MISMATCH", message, { cause: error });
    default:
      return new FerryError("BUCKET_ERROR", message, {
        cause: error,
        transient:
          TRANSIENT.has(code) || isServersOwn(error) || (code === undefined && isConnectionLoss(error)),
      });
  }
}

/** "We encountered an internal error. Please try again." comes with other codes than 10001, too. */
function isServersOwn(error: unknown): boolean {
  return /encountered an internal error/i.test(messageOf(error));
}

/** The runtime's own failures carry no code: the connection between Worker and bucket broke. */
function isConnectionLoss(error: unknown): boolean {
  return /connection|network|internal error|timed? ?out|reset|disconnected/i.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
