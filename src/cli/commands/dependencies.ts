import type { Session } from "../journey/session.ts";
import type { Settings } from "../places/settings.ts";

/** What a command works with. */
export interface Dependencies extends Session {
  settings: Settings;
}
