/** Orchestrations with random prices, failures and answers: whatever happens, none spends more than its ceiling. */
import { expect, test } from "vitest";
import { ORCHESTRATIONS } from "../../../src/modes/index.ts";
import { failing, providerOf, replying, silent } from "../../fakes/answers.ts";
import { type Isolate, startIsolate } from "../../fakes/isolate.ts";
import { runs } from "../../fakes/long.ts";
import { verdict } from "../../fakes/panel.ts";
import { seeded } from "../../fakes/seeded.ts";
import { say } from "../../fakes/upstream-chat.ts";

const MODES = Object.keys(ORCHESTRATIONS);
const NANO_PER_USD = 1e9;
const CHARS_PER_TOKEN = 4;
const SAID_USAGE = JSON.stringify({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });

/** One request and the world that it is asked in, all drawn from its seed. */
function draw(seed: number) {
  const random = seeded(seed);
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const models = Array.from({ length: whole(1, 6) }, (_, at) => ({
    id: `m${at}`,
    provider_id: `p${at % 3}`,
    family: `f${at % 4}`,
    weight: whole(1, 10),
    max_output_tokens: whole(1, 4) * 1_000,
    pricing: { input_per_1k: whole(1, 40) / 10_000, output_per_1k: whole(1, 20) ** 2 / 10_000 },
  }));
  return {
    ...{ random, whole, models },
    providers: ["p0", "p1", "p2"].map((id) => ({ id })),
    ceilingUsd: whole(0, 30) / 100,
    failures: random() * 0.5,
    body: {
      model: "*",
      messages: [{ role: "user", content: "Why? ".repeat(whole(1, 400)) }],
      stream: random() < 0.3,
      ...(random() < 0.5 && { max_tokens: whole(16, 1_000) }),
    },
    orchestration: {
      mode: MODES[whole(0, MODES.length - 1)],
      iterations: whole(1, 5),
      candidates: whole(2, 8),
    },
  };
}

type Drawn = ReturnType<typeof draw>;

/** Lets the upstreams answer; what they charge, nano-USD, is counted in the answered object. */
function play({ platform }: Isolate, { random, whole, models, failures }: Drawn) {
  const charged = { nanoUsd: 0, calls: 0 };
  platform.answer(({ body = "{}", url }) => {
    charged.calls += 1;
    if (random() < failures) return random() < 0.1 ? silent() : failing(whole(0, 1) ? 500 : 429);
    const asked = JSON.parse(body);
    const model = models.find(({ id }) => id === asked.model);
    expect(providerOf(url)).toBe(model?.provider_id);
    const max = asked.max_completion_tokens ?? asked.max_tokens ?? model?.max_output_tokens;
    const completion = whole(1, random() < 0.8 ? max : Math.min(max, 60));
    const prompt = Math.ceil(JSON.stringify(asked.messages).length / CHARS_PER_TOKEN);
    const { input_per_1k = 0, output_per_1k = 0 } = model?.pricing ?? {};
    charged.nanoUsd +=
      ((prompt * input_per_1k + completion * output_per_1k) / 1_000) * NANO_PER_USD;
    const text =
      verdict(body, { score: random() }) ?? `${random()} `.repeat(Math.ceil(completion / 6));
    const usage = {
      ...{ prompt_tokens: prompt, completion_tokens: completion },
      total_tokens: prompt + completion,
    };
    const said = say(asked, text);
    const frames = said.frames.map((one) => one.replace(SAID_USAGE, JSON.stringify(usage)));
    return replying({ ...said, frames });
  });
  return charged;
}

/** How it ended, and what it cost by the upstreams' own count. */
async function conduct(seed: number) {
  const drawn = draw(seed);
  const { models, providers, body, orchestration, ceilingUsd, random } = drawn;
  const isolate = await startIsolate({ registry: { models, providers }, seed });
  const charged = play(isolate, drawn);
  const isKeys = random() < 0.5;
  const ceiling = isKeys ? {} : { max_budget_usd: ceilingUsd };
  const key = await isolate.addKey(
    isKeys ? { budgetRequestNanoUsd: ceilingUsd * NANO_PER_USD } : {},
  );
  const { clock } = isolate.platform;
  const response = await clock.until(
    isolate.ask(
      { ...body, tokenhub: { orchestration: { ...orchestration, ...ceiling } } },
      { headers: { authorization: `Bearer ${key}` } },
    ),
  );
  await clock.until(response.text());
  const [row] = await isolate.rows();
  return {
    drawn,
    charged,
    row,
    status: response.status,
    ceilingNanoUsd: ceilingUsd * NANO_PER_USD,
  };
}

test("no orchestration spends more than its ceiling, by our count and by the upstreams'", async () => {
  const ends = new Map<number, number>();
  for (let seed = 1; seed <= runs(500, 10_000); seed += 1) {
    const { charged, row, status, ceilingNanoUsd, drawn } = await conduct(seed);
    const told = { seed, mode: drawn.orchestration.mode, status, ceilingNanoUsd };
    expect({ ...told, over: charged.nanoUsd > ceilingNanoUsd + 0.5 }).toEqual({
      ...told,
      over: false,
    });
    const recorded = row?.costNanoUsd ?? 0;
    expect({ ...told, over: recorded > ceilingNanoUsd }).toEqual({ ...told, over: false });
    expect(charged.calls).toBeLessThanOrEqual(24 * 3);
    ends.set(status, (ends.get(status) ?? 0) + 1);
  }
  // The draws are worth something: most are answered, and some could not be paid.
  expect(ends.get(200)).toBeGreaterThan(runs(500, 10_000) / 3);
  expect(ends.get(402)).toBeGreaterThan(0);
}, 600_000);
