import { describePushWalk } from "./push-suite.ts";
import { nodeGround } from "./support/node-ground.ts";

const route = { fromArchive: true, sync: { mode: "mirror", atomic: "never", expectDeletes: 3 } } as const;
const ground = nodeGround();

describePushWalk(
  "that mirrors frame by frame, in many small requests",
  ground,
  { ...route, platform: "workers-free" },
  { every: 90, atLeast: 8 },
);

describePushWalk("that mirrors frame by frame, in one request", ground, route, { every: 40, atLeast: 8 });
