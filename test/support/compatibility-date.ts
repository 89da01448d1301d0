/** The platform's behaviour that Workers are tested on: `FERRY_COMPATIBILITY_DATE`, or what it is today. */
export const COMPATIBILITY_DATE = process.env.FERRY_COMPATIBILITY_DATE ?? "2026-11-01";
