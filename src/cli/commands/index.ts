import { apply } from "./apply.ts";
import type { Command } from "./command.ts";
import { completionOf } from "./completion.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { drop } from "./drop.ts";
import { exportCommand } from "./export.ts";
import { history } from "./history.ts";
import { importCommand } from "./import.ts";
import { init } from "./init.ts";
import { list } from "./list.ts";
import { log } from "./log.ts";
import { plan } from "./plan.ts";
import { prune } from "./prune.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { status } from "./status.ts";
import { sync } from "./sync.ts";
import { token } from "./token.ts";
import { undo } from "./undo.ts";
import { verify } from "./verify.ts";

/** Every command, in the order of --help. */
export const commands: readonly Command[] = [
  init,
  doctor,
  push,
  pull,
  exportCommand,
  importCommand,
  plan,
  apply,
  sync,
  undo,
  diff,
  verify,
  status,
  history,
  list,
  drop,
  prune,
  log,
  token,
  completionOf(() => commands),
] as unknown as readonly Command[];
