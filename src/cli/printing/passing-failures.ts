export const LOCKED_HINT =
  "Another program writes to the database. Run the same command again when it is done";

/** What to do about failures of a database that pass, by `details.failure`. */
export const PASSING: Readonly<Record<string, string>> = {
  locked: LOCKED_HINT,
  busy: "The database works off other queries first. Run the same command again in a while",
  exceeded:
    "D1 stopped it for taking too long or too much. Run the same command again: a run then takes smaller steps",
};
