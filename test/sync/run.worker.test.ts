import { limitedEngine } from "../support/worker-engine.ts";
import { describeConflicts } from "./conflicts-suite.ts";
import { describeDocuments } from "./documents-suite.ts";
import { describeHeldBack } from "./held-back-suite.ts";
import { describeKeyless } from "./keyless-suite.ts";
import { describeModes } from "./modes-suite.ts";
import { describeNames } from "./names-suite.ts";
import { describeNextVersion } from "./next-version-suite.ts";
import { describePastRuns } from "./past-runs-suite.ts";
import { describePlanNames } from "./plan-name-suite.ts";
import { describePlannedRows } from "./planned-rows-suite.ts";
import { describeReferences } from "./references-suite.ts";
import { describeRefusals } from "./refusals-suite.ts";
import { describeRowids } from "./rowids-suite.ts";
import { describeSchemas } from "./schemas-suite.ts";
import { describeVerification } from "./verification-suite.ts";
import { describeVersions } from "./versions-suite.ts";

for (const describeSuite of [
  describeKeyless,
  describeModes,
  describeNames,
  describeVersions,
  describeNextVersion,
  describeVerification,
  describeConflicts,
  describeRefusals,
  describeRowids,
  describeSchemas,
  describeDocuments,
  describeHeldBack,
  describeReferences,
  describePastRuns,
  describePlannedRows,
  describePlanNames,
]) {
  describeSuite("D1", limitedEngine());
}
