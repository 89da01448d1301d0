import { UsageError } from "../exit.ts";
import type { BindingNames } from "./names.ts";
import { DEFAULT_NAMES, freeName } from "./names.ts";
import { bindingsIn, takenNames } from "./wrangler-file.ts";

/** What is known of the names before the wrangler file is asked. */
export interface NamesAsked {
  /** As the command line says them. */
  database?: string | undefined;
  bucket?: string | undefined;
  /** As the app uses them, where d1-ferry is mounted already. */
  mounted: Partial<BindingNames> | null;
  /** Which of several databases? Throws where nobody can be asked. */
  choose(names: readonly string[]): Promise<string>;
}

/** DATA_SYNC, or what an earlier run called it where that was taken. */
const isOwnBucket = (name: string): boolean => /^DATA_SYNC(_\d+)?$/.test(name);

const BINDING = /^[A-Za-z_$][\w$]*$/;

/**
 * The database is the one that is there, or a new one; the bucket is DATA_SYNC, or the one that is named. Throws a
 * UsageError for a name that is no binding's, that another kind of binding has, or that is not what the app uses.
 */
export async function chooseBindings(
  config: Readonly<Record<string, unknown>>,
  { database, bucket, mounted, choose }: NamesAsked,
): Promise<BindingNames> {
  const databases = bindingsIn(config, "d1_databases");
  const buckets = bindingsIn(config, "r2_buckets");
  const taken = takenNames(config);
  const chosen = {
    database:
      nameSaid({ flag: "--database", said: database, used: mounted?.database, own: databases, taken }) ??
      (databases.length > 1 ? await choose(databases) : databases[0]) ??
      freeName(DEFAULT_NAMES.database, taken),
    bucket:
      nameSaid({ flag: "--bucket", said: bucket, used: mounted?.bucket, own: buckets, taken }) ??
      buckets.find(isOwnBucket) ??
      freeName(DEFAULT_NAMES.bucket, taken),
  };
  for (const name of Object.values(chosen)) requireName(name);
  return chosen;
}

interface NameSaid {
  flag: string;
  /** On the command line. */
  said: string | undefined;
  /** By the app. */
  used: string | undefined;
  /** Bindings of this kind. */
  own: readonly string[];
  /** Bindings of any kind. */
  taken: ReadonlySet<string>;
}

function nameSaid({ flag, said, used, own, taken }: NameSaid): string | undefined {
  if (said === undefined) return used;
  requireName(said);
  if (used !== undefined && used !== said)
    throw new UsageError(
      `The app has d1-ferry with ${used} already, and not with ${said}; nothing was changed`,
      `Leave ${flag} out, or change the name where the app has it`,
    );
  if (taken.has(said) && !own.includes(said))
    throw new UsageError(
      `${said} is something else in the wrangler file; nothing was changed`,
      `Give ${flag} another name`,
    );
  return said;
}

/** It is going to stand in code. */
function requireName(name: string): void {
  if (BINDING.test(name)) return;
  throw new UsageError(
    `${JSON.stringify(name)} is not a binding's name, such as DB; nothing was changed`,
    "Give it a name of letters, digits and _ in the wrangler file, or choose another: --database, --bucket",
  );
}
