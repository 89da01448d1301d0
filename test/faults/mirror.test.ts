import { describePushWalk } from "./push-suite.ts";
import { nodeGround } from "./support/node-ground.ts";

describePushWalk(
  "that mirrors frame by frame, in many small requests",
  nodeGround(),
  {
    fromArchive: true,
    platform: "workers-free",
    sync: { mode: "mirror", atomic: "never", expectDeletes: 3 },
  },
  { every: 4, atLeast: 120 },
);
