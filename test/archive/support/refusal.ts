import { expect } from "vitest";
import { type ErrorCode, FerryError } from "../../../src/errors.ts";

/** The FerryError that `act` ends with; anything else it ends with fails the test. */
export async function refusal(act: () => unknown): Promise<FerryError> {
  const caught = await outcome(act);
  expect(caught, "an error was expected").toBeInstanceOf(FerryError);
  return caught as FerryError;
}

export async function expectRefusal(act: () => unknown, ...codes: ErrorCode[]): Promise<FerryError> {
  const error = await refusal(act);
  expect(codes, error.message).toContain(error.code);
  return error;
}

async function outcome(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Reads something to its end. */
export async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}
