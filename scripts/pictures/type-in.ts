import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

export interface Typed {
  cwd: string;
  /** Behind `d1-ferry`. */
  words: readonly string[];
  env: Record<string, string>;
  columns: number;
}

export interface Terminal {
  /** What was typed. */
  command: string;
  /** What the terminal got, colours included. */
  output: string;
}

/** Runs the built command in a terminal of its own, which util-linux's `script` makes. Rejects where it fails. */
export async function typeIn({ cwd, words, env, columns }: Typed): Promise<Terminal> {
  const quoted = [process.execPath, resolve("dist/cli.js"), ...words].map((word) => `'${word}'`).join(" ");
  const { PATH, HOME } = process.env;
  const child = spawn("script", ["-qec", `stty cols ${columns} rows 60; ${quoted}`, "/dev/null"], {
    cwd,
    env: { PATH, HOME, TERM: "xterm-256color", ...env },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  const command = ["d1-ferry", ...words].join(" ");
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
  return { command, output };
}
