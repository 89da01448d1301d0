import { type Input, type Needs, needsOf, needsOfSync, type RouteName } from "../api/routes.ts";
import type { CallOptions, RunOptions } from "../api/run-options.ts";
import { createRefusal } from "../errors.ts";
import { type Grant, isSameTable, PERMISSIONS, type Permission } from "../grants.ts";
import type { RunGuard } from "../sync/run/index.ts";
import type { Policy } from "./policy.ts";

/** Who asks, and what they may do. Plain JSON, for a workflow goes on in their name. */
export interface Caller {
  /** Whose that is what they begin: such as "token:ci" or "app:ada". No token can be mistaken for a user. */
  readonly id: string;
  readonly grant: Grant;
  readonly policy: Policy;
  /** Where the app says what they may do, for a person. */
  readonly allowedBy: string;
}

/** The app itself, where nobody asks it by HTTP. */
export const THE_APP: Caller = {
  id: "app",
  grant: { name: "the app", may: PERMISSIONS },
  policy: {},
  allowedBy: "the app",
};

const refused = createRefusal({
  "grant-lacks": "FORBIDDEN",
  "table-not-granted": "FORBIDDEN",
  "not-their-own": "FORBIDDEN",
  "policy-forbids": "FORBIDDEN",
});

export type AccessRefusal = "grant-lacks" | "table-not-granted" | "not-their-own" | "policy-forbids";

export function may({ grant }: Caller, permission: Permission): boolean {
  return grant.may.includes(permission);
}

/** Rejects a call that the policy or the grant does not allow: `FORBIDDEN`. Nothing was asked of anything yet. */
export function requireCall<N extends RouteName>(caller: Caller, name: N, input: Input<N>): void {
  const { operations } = caller.policy;
  if (operations !== undefined && !operations.includes(name)) {
    throw forbidden("operations", `This app does not answer "${name}"`);
  }
  requirePermissions(caller, needsOf(name, input));
  if (name === "sync") requireCreation(caller, input as RunOptions & CallOptions);
}

/** Rejects what the grant does not allow: `FORBIDDEN`, naming what it lacks. Of nothing any permission will do. */
export function requirePermissions(caller: Caller, needs: Needs): void {
  const { name, may: has } = caller.grant;
  const missing = needs.filter((one) => !has.includes(one));
  if (missing.length === 0 && has.length > 0) return;
  const lacks = missing.length === 0 ? "anything" : `"${missing.join('" and "')}"`;
  throw refused(
    "grant-lacks",
    `${name} may not do this: the grant does not allow ${lacks}. Nothing was done`,
    {
      details: {
        name,
        missing: missing.length === 0 ? [...PERMISSIONS] : missing,
        allowedBy: caller.allowedBy,
      },
    },
  );
}

/** Whether they may go on with what this owner began: their own, or all where they manage. */
export function isOwn(caller: Caller, owner: string | null): boolean {
  return may(caller, "manage") || owner === caller.id;
}

/** Rejects what somebody else began, unless they manage: `FORBIDDEN`. `owner` is null where nobody knows whose it is. */
export function requireOwner(caller: Caller, key: string, owner: string | null): void {
  if (isOwn(caller, owner)) return;
  const { name } = caller.grant;
  throw refused(
    "not-their-own",
    `${key} was begun by somebody else, and ${name} may only go on with their own`,
    {
      details: { syncKey: key, name, missing: ["manage"], allowedBy: caller.allowedBy },
    },
  );
}

/** Rejects tables that the grant or the policy keeps from them: `FORBIDDEN`, naming the first. */
export function requireTables(
  caller: Caller,
  names: readonly string[],
  use: "neverExport" | "neverWrite",
): void {
  const { grant, policy } = caller;
  const never = names.find((table) => hasTable(policy[use], table));
  if (never !== undefined) {
    const what = use === "neverExport" ? "never exports" : "never writes";
    throw forbidden(use, `This app ${what} the table "${never}". Nothing was done`, { table: never });
  }
  const outside = names.find((table) => !hasTable(grant.tables, table));
  if (grant.tables === undefined || outside === undefined) return;
  throw refused("table-not-granted", `${grant.name} may not use the table "${outside}". Nothing was done`, {
    details: { name: grant.name, table: outside, tables: grant.tables, allowedBy: caller.allowedBy },
  });
}

/** False for a table whose rows this app never hands out, or that the grant keeps from them. */
export function isOpenTo({ grant, policy }: Caller, table: string): boolean {
  return (
    !hasTable(policy.neverExport, table) && (grant.tables === undefined || hasTable(grant.tables, table))
  );
}

function hasTable(names: readonly string[] = [], table: string): boolean {
  return names.some((name) => isSameTable(name, table));
}

/** What an export takes where nothing is named: at the most these, and never those. */
export function exportBounds({ grant, policy }: Caller): {
  within?: readonly string[];
  never?: readonly string[];
} {
  return {
    ...(grant.tables === undefined ? {} : { within: grant.tables }),
    ...(policy.neverExport === undefined ? {} : { never: policy.neverExport }),
  };
}

/** What holds a run to what its caller may do, also where it goes by what earlier calls asked for. */
export function guardRun(
  caller: Caller,
  { key, dryRun = false }: { key: string; dryRun?: boolean | undefined },
): RunGuard {
  return {
    owner: caller.id,
    request({ owner, request }) {
      requireOwner(caller, key, owner);
      const asked = { ...request, dryRun };
      requirePermissions(caller, needsOfSync(asked));
      requireCreation(caller, asked);
      // Who applies a run answers for it: whoever began it no longer changes what it does.
      return dryRun && owner !== null ? owner : caller.id;
    },
    tables: (names) => requireTables(caller, names, "neverWrite"),
    deletes(count) {
      if (count === 0) return;
      requirePermissions(caller, ["delete"]);
      const { largestDelete = Infinity } = caller.policy;
      if (count <= largestDelete) return;
      const message = `The plan deletes ${count} rows, and this app deletes ${largestDelete} in one sync at the most. No table was changed`;
      throw forbidden("largestDelete", message, { deletes: count, largestDelete });
    },
    reads(names) {
      // Whether a name is right tells what is in the rows.
      requirePermissions(caller, ["read"]);
      requireTables(caller, names, "neverExport");
    },
  };
}

/** Triggers and views reach beyond the tables they are made for: nobody whose tables are bounded makes them. */
function requireCreation(caller: Caller, { create = false, dryRun = false }: RunOptions & CallOptions): void {
  const { policy, grant } = caller;
  const { create: most = "all" } = policy;
  if (create !== false && (most === false || (most === true && create === "all"))) {
    const what = create === "all" && most === true ? "triggers and views" : "schema";
    throw forbidden("create", `This app lets no sync make ${what}. Nothing was done`);
  }
  if (create !== "all" || grant.tables === undefined || dryRun) return;
  throw refused(
    "table-not-granted",
    `Triggers and views reach beyond the tables of ${grant.name}. Nothing was done`,
    {
      details: { name: grant.name, tables: grant.tables, allowedBy: caller.allowedBy },
    },
  );
}

function forbidden(policy: keyof Policy, message: string, details: Record<string, unknown> = {}) {
  return refused("policy-forbids", message, { details: { ...details, policy } });
}
