import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERRORS_PAGE, errorsPage } from "../../../scripts/errors-doc.ts";

test("docs/errors.md says what src/errors.ts says (npm run errors-doc)", () => {
  expect(readFileSync(ERRORS_PAGE, "utf8")).toBe(`${errorsPage()}\n`);
});
