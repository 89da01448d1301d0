import { describePushWalk } from "./push-suite.ts";
import { workerGround } from "./support/worker-ground.ts";

const ground = workerGround();

describePushWalk("on D1 and R2, in one transaction", ground, {}, { every: 80, atLeast: 10 });

describePushWalk(
  "on D1 and R2 that mirrors frame by frame",
  ground,
  { fromArchive: true, sync: { mode: "mirror", atomic: "never", expectDeletes: 3 } },
  { every: 80, atLeast: 8 },
);
