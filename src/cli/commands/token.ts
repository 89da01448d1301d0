import * as v from "valibot";
import { type Grant, grantSchema, type Permission, problemOf } from "../../grants.ts";
import { describeToken, newToken } from "../../tokens.ts";
import { EXIT, UsageError } from "../exit.ts";
import { type Expiry, expiry, permissions } from "../options/grant.ts";
import { tableNames } from "../options/values.ts";
import { printable } from "../printing/printable.ts";
import type { World } from "../world.ts";
import type { Command } from "./command.ts";

interface TokenFlags {
  name?: string;
  may?: Permission[];
  tables?: string[];
  expires?: Expiry;
}

/** What a push and a pull need that delete nothing. */
const USUAL: Permission[] = ["read", "plan", "write"];

/** The last day that a time can be written for as four digits of a year. */
const LAST = Date.parse("9999-12-31T23:59:59Z");

export const token: Command<[], TokenFlags> = {
  name: "token",
  summary: "Make a token, and the line that lets it into an app. Asks no app, and keeps nothing.",
  arguments: [],
  options: [
    { flags: "--name <name>", description: "whose it is, for the record (default: your user name)" },
    {
      flags: "--may <list>",
      description: `what it allows, of read, plan, write, delete, create, manage (default: ${USUAL.join(",")})`,
      parse: permissions,
    },
    {
      flags: "--tables <names>",
      description: "only for these tables, comma-separated (default: all)",
      parse: tableNames,
    },
    {
      flags: "--expires <when>",
      description: "a day (its first moment in UTC), a time, or a span such as 90d (default: never)",
      parse: expiry,
    },
  ],
  examples: [
    "d1-ferry token --name ci --may plan --expires 90d",
    "d1-ferry token --name ada --may read,plan,write,delete,create --expires 2027-01-31",
    "d1-ferry token --name backup --may read --json",
  ],
  async run(_args, { name, may = USUAL, tables, expires }, { printer, world }) {
    const grant = checked({
      name: name ?? userName(world),
      may,
      ...(tables === undefined ? {} : { tables }),
    });
    const ends = endOf(expires, world);
    const made = newToken();
    const line = ascii(await describeToken(made, ends === undefined ? grant : { ...grant, expires: ends }));
    const until = ends === undefined ? null : new Date(ends).toISOString();
    printer.important(explanation(grant, { made, line, until }));
    printer.result({ success: true, token: made, line, ...grant, expires: until });
    return EXIT.done;
  },
};

function checked(grant: Grant): Grant {
  const read = v.safeParse(grantSchema, grant, { abortEarly: true });
  if (read.success) return grant;
  throw new UsageError(`No app would take this token: ${problemOf(read.issues)}`);
}

function userName({ env }: Pick<World, "env">): string {
  return env.USER || env.USERNAME || "somebody";
}

function endOf(expires: Expiry | undefined, { now }: Pick<World, "now">): number | undefined {
  if (expires === undefined) return undefined;
  const end = "at" in expires ? expires.at : now() + expires.after;
  if (end <= now()) throw new UsageError(`It would have ended already: ${new Date(end).toISOString()}`);
  if (end > LAST)
    throw new UsageError("It would end after the year 9999", "Leave --expires out: it never ends then");
  return end;
}

interface Made {
  made: string;
  line: string;
  until: string | null;
}

function explanation({ name, may, tables }: Grant, { made, line, until }: Made): string[] {
  const where = tables === undefined ? "" : ` of ${tables.map(printable).join(", ")}`;
  return [
    `A token for ${printable(name)}: ${may.join(", ")}${where}, ${until === null ? "without an end" : `until ${until}`}`,
    "",
    "The token. It is shown this once and kept nowhere. Put it where the command runs: in .env as PROD_TOKEN",
    "or LOCAL_TOKEN, or in a variable that --token-env names.",
    "",
    `  ${made}`,
    "",
    "Its line for the app, in the secret FERRY_TOKENS. The token cannot be found from it.",
    "",
    `  ${line}`,
    "",
    "Several tokens: one line each, or [line, line]. In .dev.vars, for a local app:",
    "",
    `  FERRY_TOKENS='${line}'`,
  ];
}

/** The same JSON, in what any file and any form takes: no letter but ASCII's, and no single quote. */
function ascii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]|'/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
