/** Control data in body and header: read strictly, told apart, never echoed. */
import { expect, test } from "vitest";
import { readControl } from "../../../src/routes/control.ts";

const NO_DIRECTIVES = { policy: undefined, orchestration: undefined };

test("body and header are kept apart, and the header's word on the decision counts", () => {
  const body = { policy: { mode: "cheap" }, include_decision: true };
  const control = readControl(
    body,
    '{"policy":{"mode":"planning"},"include_decision":false}',
    NO_DIRECTIVES,
  );
  expect(control).toMatchObject({
    policy: { header: { mode: "planning" }, body: { mode: "cheap" } },
    includeDecision: false,
  });
  expect(readControl(body, "{}", NO_DIRECTIVES).includeDecision).toBe(true);
  expect(readControl(undefined, undefined, NO_DIRECTIVES).includeDecision).toBe(false);
});

test.each([
  [{ polcy: {} }, undefined, "invalid_field", "tokenhub.polcy"],
  [{ policy: { mode: "secret-mode" } }, undefined, "invalid_value", "tokenhub.policy.mode"],
  [null, undefined, "invalid_value", "tokenhub"],
  [undefined, "{", "invalid_value", "x-tokenhub-policy"],
  [
    undefined,
    '{"include_decision":"secret"}',
    "invalid_value",
    "x-tokenhub-policy.include_decision",
  ],
])("%j with header %j is %s at %s", (body, header, code, param) => {
  let thrown: unknown;
  try {
    readControl(body, header, NO_DIRECTIVES);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code, param });
  expect(String(thrown)).not.toContain("secret");
});
