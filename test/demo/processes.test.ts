import { expect, test } from "vitest";
import { run } from "../../scripts/demo/processes.ts";

test("A script that hangs is killed after its limit, and has said what it said", async () => {
  const script = "console.log('begun'); setInterval(() => {}, 1000);";
  expect(await run(["--eval", script], { limitMs: 2_000 })).toMatchObject({ code: null, stdout: "begun\n" });
});

test("A script that ends within its limit is left alone", async () => {
  expect(await run(["--eval", "console.log('done')"], { limitMs: 60_000 })).toMatchObject({
    code: 0,
    stdout: "done\n",
  });
});
