import { posix } from "node:path";
import { parseEnv } from "node:util";
import { MIN_TOKEN_LENGTH, newToken } from "../../tokens.ts";
import { emptyPart, type Part } from "./file-change.ts";
import type { Git } from "./git.ts";
import { ignoreFiles, withLines } from "./ignore-files.ts";
import type { Project } from "./project.ts";

/** For the local app, beside its wrangler file. */
const APP = ".dev.vars";
/** For the command; wrangler takes it for the app as well where there is no .dev.vars. */
const COMMAND = ".env";

type Variables = Record<string, string | undefined>;

/**
 * A token for the local app and for the command, and the app's address for the command. What is there stays as it is,
 * and a file that git keeps gets no secret.
 */
export async function tokenChanges(
  project: Project,
  git: Git,
  { localApi, folder }: { localApi: string; folder: string },
): Promise<Part> {
  const part = emptyPart();
  const paths = { [APP]: posix.join(folder, APP), [COMMAND]: COMMAND };
  const files = { [APP]: await project.read(paths[APP]), [COMMAND]: await project.read(COMMAND) };
  const app: Variables = parseEnv(files[APP] ?? "");
  const command: Variables = parseEnv(files[COMMAND] ?? "");
  const ownFile = files[APP] !== null || !holdsOthers(command);
  const namesProduction = (files[COMMAND] ?? "").includes("PROD_API");
  const wanted = linesFor({ app, command, localApi, ownFile, namesProduction });
  part.notes.push(...problemsOf(app, command));
  const secret: string[] = [];
  for (const name of [APP, COMMAND] as const) {
    const path = paths[name];
    const lines = wanted[name];
    const before = files[name] ?? null;
    const holdsToken = Object.keys(name === APP ? app : command).some((variable) =>
      /_TOKENS?$/.test(variable),
    );
    if (lines.length === 0 && !holdsToken) continue;
    if (before !== null && (await git.tracks(path))) {
      const state = lines.length === 0 ? "and has a token in it" : "and no token goes into it";
      part.notes.push(`${path} is in git, ${state}: git rm --cached ${path}, then run d1-ferry init again`);
      continue;
    }
    secret.push(path);
    if (lines.length > 0)
      part.changes.push({ path, before, after: withLines(before ?? "", lines), secret: true });
  }
  const ignored = await ignoreFiles(project, secret, git);
  return {
    ...part,
    changes: [...ignored.changes, ...part.changes],
    notes: [...ignored.notes, ...part.notes],
  };
}

interface Known {
  app: Variables;
  command: Variables;
  localApi: string;
  /** May the app have a .dev.vars? */
  ownFile: boolean;
  /** Does the command's file say PROD_API, if only in a comment? */
  namesProduction: boolean;
}

function linesFor({
  app,
  command,
  localApi,
  ownFile,
  namesProduction,
}: Known): Record<typeof APP | typeof COMMAND, string[]> {
  const sent = command.LOCAL_TOKEN || command.FERRY_TOKEN;
  const token = app.FERRY_TOKEN || sent || newToken();
  const appHas = Boolean(app.FERRY_TOKEN || app.FERRY_TOKENS || (!ownFile && command.FERRY_TOKEN));
  // Whose token it is that stands in FERRY_TOKENS cannot be found from there.
  const known = !app.FERRY_TOKENS || Boolean(app.FERRY_TOKEN);
  return {
    [APP]: appHas || !ownFile ? [] : variableLine("FERRY_TOKEN", token),
    [COMMAND]: [
      ...(command.LOCAL_API ? [] : [`LOCAL_API=${localApi}`]),
      ...(!namesProduction ? ["# PROD_API=https://your-app.example.com"] : []),
      ...((sent && (ownFile || command.FERRY_TOKEN)) || !known ? [] : variableLine("FERRY_TOKEN", token)),
    ],
  };
}

/** A line that is read as this value, in quotes where it has to be; none where no line is. */
function variableLine(name: string, value: string): string[] {
  if (/[\r\n]/.test(value)) return [];
  const lines = ["", "'", '"', "`"].map((quote) => `${name}=${quote}${value}${quote}`);
  return lines.filter((line) => parseEnv(line)[name] === value).slice(0, 1);
}

/** Has it more than d1-ferry's own? Then wrangler may take the app's variables from there, and a .dev.vars would hide them. */
function holdsOthers(command: Variables): boolean {
  if (command.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV === "false") return false;
  return Object.keys(command).some((name) => !/^(FERRY|LOCAL|PROD)_(API|TOKENS?|COOKIE)$/.test(name));
}

function problemsOf(app: Variables, command: Variables): string[] {
  const sent = command.LOCAL_TOKEN || command.FERRY_TOKEN;
  const short = [
    [APP, app.FERRY_TOKEN],
    [COMMAND, sent],
  ].filter(([, token]) => token && token.length < MIN_TOKEN_LENGTH);
  return [
    ...short.map(
      ([path]) =>
        `The token in ${path} has fewer than ${MIN_TOKEN_LENGTH} characters, and no app takes it: remove it, then run d1-ferry init again`,
    ),
    ...(app.FERRY_TOKEN && sent && app.FERRY_TOKEN !== sent
      ? [`${APP} and ${COMMAND} have different tokens: the local app will refuse the command's`]
      : []),
    ...(app.FERRY_TOKENS && !app.FERRY_TOKEN && !sent
      ? [
          `${APP} has FERRY_TOKENS: put the token that belongs to one of its lines into ${COMMAND} as LOCAL_TOKEN`,
        ]
      : []),
  ];
}
