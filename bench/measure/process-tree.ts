import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Processes as Linux shows them in /proc. Elsewhere nothing is found, and the figures are missing. */
const PROC = "/proc";

interface ProcessState {
  parent: number;
  /** Of its own threads, seconds. */
  cpuSeconds: number;
}

/** Linux counts CPU time in hundredths of a second for programs (sysconf _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;

function readState(pid: number): ProcessState | null {
  try {
    const text = readFileSync(`${PROC}/${pid}/stat`, "latin1");
    // The command's name stands in parentheses and may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      parent: Number(fields[1]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    };
  } catch {
    return null;
  }
}

/** The direct children of a process. */
export function childrenOf(parent: number): number[] {
  if (!existsSync(PROC)) return [];
  const pids = readdirSync(PROC).filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => readState(pid)?.parent === parent);
}

/** A process and all below it. */
export function treeOf(root: number): number[] {
  return [root, ...childrenOf(root).flatMap(treeOf)];
}

export interface ProcessMemory {
  /** Resident bytes now. */
  resident: number;
  /** The most it ever had, bytes. */
  peak: number;
}

/** Null for a process that is gone. */
export function memoryOf(pid: number): ProcessMemory | null {
  try {
    const text = readFileSync(`${PROC}/${pid}/status`, "latin1");
    const kilobytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
    return { resident: kilobytes("VmRSS") * 1024, peak: kilobytes("VmHWM") * 1024 };
  } catch {
    return null;
  }
}

/** Makes what a process has now its peak (Documentation/filesystems/proc.rst, clear_refs). */
export function resetPeak(pid: number): void {
  writeFileSync(`${PROC}/${pid}/clear_refs`, "5");
}

export function cpuSecondsOf(pid: number): number {
  return readState(pid)?.cpuSeconds ?? 0;
}
