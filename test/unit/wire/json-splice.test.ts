import fc from "fast-check";
import { expect, test } from "vitest";
import { spliceText } from "../../../src/wire/json.ts";
import { putMember } from "../../../src/wire/json-splice.ts";
import { runs } from "../../fakes/long.ts";

/** One spelling of the key is escaped, others are as long as it or contain it. */
const KEYS = [
  '"model"',
  '"mod\\u0065l"',
  '"mode\\u006c"',
  '"nodel"',
  '"\\"model"',
  '"models"',
  '"x"',
];
const VALUES = ["1", '"model"', '"\\"model\\":\\"a\\""', '{"model":"deep"}', '[{"model":1},"}"]'];
const SPACES = ["", " ", "\n\t"];

const texts = fc
  .array(
    fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), fc.constantFrom(...SPACES)),
    { maxLength: 5 },
  )
  .map((members) => {
    const inner = members.map(([key, value, space]) => `${space}${key}${space}:${space}${value}`);
    return ` {${inner.join(",")} }`;
  });

test("putting one member writes what splicing it writes, however its key is spelt and repeated", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const put = putMember(text, { key: "model", raw: '"m"' });
      expect(put).toBe(spliceText(text, { model: '"m"' }));
      expect(JSON.parse(put).model).toBe("m");
    }),
    { numRuns: runs(2_000, 50_000) },
  );
});
