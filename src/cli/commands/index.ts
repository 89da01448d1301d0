import type { Command } from "../command.ts";
import { exportCommand } from "./export.ts";
import { history } from "./history.ts";
import { importCommand } from "./import.ts";
import { list } from "./list.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { status } from "./status.ts";

/** Every command, in the order of --help. */
export const commands = [
  push,
  pull,
  exportCommand,
  importCommand,
  status,
  history,
  list,
] as unknown as readonly Command[];
