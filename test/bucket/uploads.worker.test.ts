import { emptyBucket } from "./r2-subject.ts";
import { describeUploads } from "./uploads-suite.ts";

describeUploads("R2", emptyBucket);
