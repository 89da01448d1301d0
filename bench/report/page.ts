import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const CHART = fileURLToPath(new URL("../../docs/performance.svg", import.meta.url));

/** Puts generated text between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` of docs/performance.md. */
export async function writePage(sections: Readonly<Record<string, string>>): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  await writeFile(PAGE, replaceSections(page, sections));
}

export async function writeChart(svg: string): Promise<void> {
  await writeFile(CHART, svg);
}

/** Throws where a marker is missing, before anything is written. */
export function replaceSections(page: string, sections: Readonly<Record<string, string>>): string {
  let text = page;
  for (const [name, content] of Object.entries(sections)) {
    const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from)
      throw new Error(`docs/performance.md has no place "${name}": ${begin} … ${end}`);
    text = `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
  }
  return text;
}
