import { describe, expect, it } from "vitest";
import { describeBucket } from "./conformance.ts";
import { emptyBucket } from "./r2-subject.ts";

describeBucket("R2", { create: emptyBucket });

describe("An R2 bucket in workerd", () => {
  it("passes a request's body on to a part", async () => {
    const { bucket } = await emptyBucket();
    const { uploadId } = await bucket.createUpload("a");
    const request = new Request("https://app.test/", { method: "PUT", body: "from a request" });
    const stream = request.body as ReadableStream<Uint8Array>;
    const { etag } = await bucket.uploadPart("a", { uploadId, partNumber: 1, body: { stream, length: 14 } });
    const info = await bucket.completeUpload("a", uploadId, [{ partNumber: 1, etag }]);
    expect(info.size).toBe(14);
  });
});
