import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import playwright, { type Browser } from "playwright-core";

/** What keeps a browser from asking for a screen, a sandbox or the network that a test machine lacks. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A Chromium that came with npm, unpacked into the folder: nothing has to be installed for it. */
export async function startBrowser(folder: string): Promise<Browser> {
  const { PATH = "" } = process.env;
  const executablePath = await unpack(folder);
  return playwright.chromium.launch({
    executablePath,
    headless: true,
    timeout: 0,
    args: FLAGS,
    env: {
      PATH,
      HOME: folder,
      // Libraries that a bare machine lacks, and fonts.
      LD_LIBRARY_PATH: join(folder, "al2023/lib"),
      FONTCONFIG_FILE: await writeFontList(folder),
    },
  });
}

/**
 * The list that comes with the package names /tmp/fonts, wherever it was unpacked; and without any font
 * Chromium ends at the first field of a form. Only these fonts, so that pages look the same on every machine.
 */
async function writeFontList(folder: string): Promise<string> {
  const path = join(folder, "fonts.conf");
  const elements = [
    `<dir>${escapeXml(join(folder, "fonts"))}</dir>`,
    `<cachedir>${escapeXml(join(folder, "fonts-cache"))}</cachedir>`,
  ];
  await writeFile(path, `<?xml version="1.0"?>\n<fontconfig>${elements.join("")}</fontconfig>\n`);
  return path;
}

const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The package unpacks into the system's temporary folder, and its libraries only where it sees a Lambda. */
async function unpack(folder: string): Promise<string> {
  const { TMPDIR, AWS_EXECUTION_ENV } = process.env;
  const before = { TMPDIR, AWS_EXECUTION_ENV };
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" });
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    return await chromium.executablePath();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
