import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "../../src/console/browser/working.ts";
import { tellPhase } from "../../src/console/parts/progress.ts";

describe("how far a run is", () => {
  const told = { recordsProcessed: 12_000, recordsApplied: 0, recordsVerified: 0, totalRecords: 25_537 };

  it("is said in rows of all rows, by its phase", () => {
    expect(tellPhase("staging", told)).toEqual({
      says: "Staging 12,000 of 25,537 rows.",
      done: 12_000,
      of: 25_537,
    });
    expect(tellPhase("applying", { ...told, recordsApplied: 7 }).says).toBe("Applying 7 of 25,537 rows.");
    expect(tellPhase("verifying", { ...told, recordsVerified: 9 }).says).toBe("Verifying 9 of 25,537 rows.");
  });

  it("is said in bytes of the document, too, while it is staged", () => {
    const read = { ...told, bytesProcessed: 4_100_000, totalBytes: 10_400_000 };
    expect(tellPhase("staging", read).says).toBe("Staging 12,000 of 25,537 rows · 4.1 of 10.4 MB.");
    expect(tellPhase("staging", { ...read, totalRecords: 0, bytesProcessed: 900_000 })).toEqual({
      says: "Staging 12,000 rows so far · 900.0 kB of 10.4 MB.",
      done: 900_000,
      of: 10_400_000,
    });
    expect(tellPhase("staging", { ...read, totalBytes: null }).says).toContain("rows · 4.1 MB.");
    expect(tellPhase("applying", { ...read, recordsApplied: 7 }).says).toBe("Applying 7 of 25,537 rows.");
  });

  it("has no end while nobody knows it", () => {
    for (const totalRecords of [null, 0]) {
      expect(tellPhase("staging", { ...told, totalRecords })).toEqual({
        says: "Staging 12,000 rows so far.",
        done: 12_000,
        of: null,
      });
    }
    expect(tellPhase("applying", told)).toEqual({ says: "Applying …", done: 0, of: null });
    expect(tellPhase("staging", { ...told, recordsProcessed: 25_537 })).toEqual({
      says: "Comparing with the rows that are there …",
      done: 0,
      of: null,
    });
  });
});

describe("how fast it goes", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts from where the work went on, and not what was done before", () => {
    const pace = new Pace();
    expect(pace.timeLeft(900, 1000)).toBe("");
    vi.advanceTimersByTime(4000);
    expect(pace.timeLeft(940, 1000)).toBe("About 6 s left.");
  });

  it("begins anew with each phase", () => {
    const pace = new Pace();
    pace.timeLeft(0, 1000);
    vi.advanceTimersByTime(10_000);
    expect(pace.timeLeft(990, 1000)).toBe("About 1 s left.");
    expect(pace.timeLeft(10, 1000)).toBe("");
    vi.advanceTimersByTime(2000);
    expect(pace.timeLeft(20, 1000)).toBe("About 4 min left.");
    vi.advanceTimersByTime(1000);
    expect(pace.timeLeft(1000, 1000)).toBe("");
  });
});
