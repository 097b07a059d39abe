/** How a door of chat refuses: one code, in the words and the shape of its own dialect. */
import { expect } from "vitest";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import type { ChatDoor, Told } from "./doors.ts";

/** What Messages calls errors of a status. */
const MESSAGES_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  413: "request_too_large",
  502: "api_error",
};

/** What a refusal must say. */
export interface DoorRefusal {
  readonly code: ErrorCode;
  /** Path of the field; undefined: any or none. */
  readonly param?: string;
}

/** The answer is this refusal, in the door's own shape and in our own words. */
export function expectRefusedBy(door: ChatDoor, told: Told, { code, param }: DoorRefusal): void {
  const { status, type, meaning } = ERRORS[code];
  expect(told.status, told.text).toBe(status);
  const body = JSON.parse(told.text);
  const path = param ?? body.error.param;
  if (door === "anthropic") {
    expect(body).toEqual({
      type: "error",
      error: { type: MESSAGES_TYPES[status], message: expect.stringContaining(meaning) },
      request_id: told.headers.get("request-id"),
    });
    if (param !== undefined) expect(body.error.message).toMatch(new RegExp(`^${param}: `));
    return;
  }
  expect(body).toEqual({
    error: {
      code,
      type,
      message: expect.stringContaining(meaning),
      ...(path === undefined ? {} : { param: path }),
      request_id: told.headers.get("x-request-id"),
    },
  });
}
