import { execFile } from "node:child_process";
import type { World } from "../world.ts";

/** What git says of files in a directory. */
export interface Git {
  /** Is the directory in a repository? */
  repository: boolean;
  /** Would git leave a file of this path alone? */
  ignores(path: string): Promise<boolean>;
  /** Does git keep it already? */
  tracks(path: string): Promise<boolean>;
}

export async function askGit(directory: string, { env }: Pick<World, "env">): Promise<Git> {
  const succeeds = (args: string[]) =>
    new Promise<boolean>((done) => {
      execFile("git", args, { cwd: directory, env, windowsHide: true }, (error) => done(error === null));
    });
  return {
    repository: await succeeds(["rev-parse", "--git-dir"]),
    ignores: (path) => succeeds(["check-ignore", "--quiet", "--", path]),
    tracks: (path) => succeeds(["ls-files", "--error-unmatch", "--", path]),
  };
}
