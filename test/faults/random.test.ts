import { describeRandomJourneys } from "./random-suite.ts";
import { nodeGround } from "./support/node-ground.ts";

describeRandomJourneys("node:sqlite and a directory", nodeGround(), {
  "in one transaction": {},
  "frame by frame": {
    fromArchive: true,
    platform: "workers-free",
    sync: { mode: "mirror", atomic: "never", expectDeletes: 3 },
  },
});
