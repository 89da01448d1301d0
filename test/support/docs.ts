import { readFile } from "node:fs/promises";

export interface Fence {
  language: string;
  text: string;
}

/** The code blocks of a page of docs/, in order. A block in a list is indented, and its text is not. */
export async function fencesOf(page: string): Promise<Fence[]> {
  const text = await readFile(`docs/${page}`, "utf8");
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = "", language = "", body = ""]) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}

/** The blocks of a language that have this text in them. */
export async function blocksWith(page: string, language: string, part: string): Promise<string[]> {
  const fences = await fencesOf(page);
  return fences.filter((one) => one.language === language && one.text.includes(part)).map(({ text }) => text);
}
