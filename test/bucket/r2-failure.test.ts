import { describe, expect, it } from "vitest";
import { r2Failure } from "../../src/bucket/r2-failure.ts";

/** R2's list of codes, as a binding throws them: what becomes of each, and whether another try may help. */
const LIST: [message: string, code: string, transient: boolean][] = [
  ["put: We encountered an internal error. Please try again. (10001)", "BUCKET_ERROR", true],
  ["get: We encountered an internal error. Please try again. (10002)", "BUCKET_ERROR", true],
  ["put: Please look at https://www.cloudflarestatus.com for issues. (10043)", "BUCKET_ERROR", true],
  ["put: Client disconnected before request completed. (10054)", "BUCKET_ERROR", true],
  ["put: You did not provide the number of bytes specified by Content-Length. (10013)", "BUCKET_ERROR", true],
  ["put: Reduce your concurrent request rate for the same object. (10058)", "BUCKET_ERROR", true],
  ["Network connection lost.", "BUCKET_ERROR", true],
  ["The operation timed out", "BUCKET_ERROR", true],
  ["uploadPart: The specified multipart upload does not exist. (10024)", "UPLOAD_NOT_FOUND", false],
  ["completeMultipartUpload: One or more parts could not be found. (10025)", "PART_MISSING", false],
  ["completeMultipartUpload: Part too small. (10011)", "PART_TOO_SMALL", false],
  ["completeMultipartUpload: All parts must be of one size. (10048)", "PART_SIZE_MISMATCH", false],
  ["put: Unauthorized (10002)", "BUCKET_ERROR", false],
  ["put: Access denied. (10003)", "BUCKET_ERROR", false],
  ["put: The specified bucket does not exist. (10006)", "BUCKET_ERROR", false],
  ["put: Your metadata headers exceed the maximum allowed metadata size. (10012)", "BUCKET_ERROR", false],
  ["put: The object name is not valid. (10020)", "BUCKET_ERROR", false],
  ["put: Account not entitled. (10042)", "BUCKET_ERROR", false],
  ["delete: The object is locked by a bucket policy. (10069)", "BUCKET_ERROR", false],
  ["put: The object is too large. (100100)", "BUCKET_ERROR", false],
  ["Provided readable stream must have a known length", "BUCKET_ERROR", false],
];

describe("What R2 threw", () => {
  it.each(LIST)("%s: %s, transient: %s", (message, code, transient) => {
    expect(r2Failure("write", "d1-ferry/x", new Error(message))).toMatchObject({ code, transient });
  });
});
