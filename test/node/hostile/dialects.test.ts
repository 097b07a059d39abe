/** Requests that contradict themselves or ask for too much, through every door before providers of every dialect. */
import { describe, expect, test } from "vitest";
import { type DoorRefusal, expectRefusedBy } from "../../fakes/door-refusals.ts";
import { type ChatDoor, DIALECT_PROVIDERS, DOORS, heard, knock, PAIRS } from "../../fakes/doors.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const HI = { role: "user", content: "Hi" };
const CHEAP = { tokenhub: { policy: { mode: "cheap" } } };
const MIB = 1024 * 1024;

/** Door → its history with reasoning that bears this proof. */
const REASONED = {
  openai: (proof: string) => ({
    messages: [
      HI,
      {
        role: "assistant",
        content: "Hello.",
        reasoning_details: [{ type: "reasoning.text", text: "Let me think.", signature: proof }],
      },
      HI,
    ],
  }),
  anthropic: (proof: string) => ({
    messages: [
      HI,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Let me think.", signature: proof },
          { type: "text", text: "Hello." },
        ],
      },
      HI,
    ],
  }),
  responses: (proof: string) => ({
    input: [
      HI,
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "Let me think." }],
        encrypted_content: proof,
      },
      { role: "assistant", content: "Hello." },
      HI,
    ],
  }),
} as const satisfies Record<ChatDoor, (proof: string) => object>;

/** Door → a result that nothing called. */
const ORPHANS = {
  openai: { messages: [HI, { role: "tool", tool_call_id: "call_9", content: "sunny" }] },
  anthropic: {
    messages: [
      HI,
      { role: "assistant", content: "Hello." },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "toolu_9", content: "sunny" }],
      },
    ],
  },
  responses: { input: [HI, { type: "function_call_output", call_id: "call_9", output: "sunny" }] },
} as const satisfies Record<ChatDoor, object>;

/** Door → a part of content that nobody knows, and where. */
const ODD_PARTS = {
  openai: {
    members: { messages: [{ role: "user", content: [{ type: "hologram", data: "x" }] }] },
    param: "messages.0.content.0.type",
  },
  anthropic: {
    members: { messages: [{ role: "user", content: [{ type: "hologram", data: "x" }] }] },
    param: "messages.0.content.0",
  },
  responses: {
    members: { input: [{ role: "user", content: [{ type: "hologram", data: "x" }] }] },
    param: "input.0.content.0.type",
  },
} as const satisfies Record<ChatDoor, { members: object; param: string }>;

/** Door → where its turns are. */
const TURNS = { openai: "messages", responses: "input" } as const;

/** Door → a call whose arguments are no JSON object, and one whose id was given twice, each with its result. */
const BAD_CALLS = {
  openai: (input: string, again: boolean) => ({
    messages: [
      HI,
      {
        role: "assistant",
        tool_calls: (again ? [0, 1] : [0]).map(() => {
          return { id: "c1", type: "function", function: { name: "weather", arguments: input } };
        }),
      },
      { role: "tool", tool_call_id: "c1", content: "sunny" },
    ],
  }),
  responses: (input: string, again: boolean) => ({
    input: [
      HI,
      ...(again ? [0, 1] : [0]).map(() => {
        return { type: "function_call", call_id: "c1", name: "weather", arguments: input };
      }),
      { type: "function_call_output", call_id: "c1", output: "sunny" },
    ],
  }),
} as const;

describe.each(HOME_NAMES)("%s", (home) => {
  const gateway = useGateway(home, {
    upstream: { models: { up: {} } },
    registry: {
      // Two of each: whatever fails over has somewhere to go.
      providers: [
        ...DIALECT_PROVIDERS,
        ...DIALECT_PROVIDERS.map((row) => ({ ...row, id: `${row.id}-second` })),
      ],
      models: DIALECT_PROVIDERS.map(({ id }) => ({
        id: `by-${id}`,
        capabilities: ["tools", "vision", "reasoning"],
      })),
      offers: DIALECT_PROVIDERS.flatMap(({ id }) =>
        [id, `${id}-second`].map((provider_id, price) => ({
          model_id: `by-${id}`,
          provider_id,
          upstream_name: "up",
          input_per_1k: price,
          output_per_1k: price,
        })),
      ),
    },
  });

  interface Asked {
    readonly door: ChatDoor;
    readonly provider: ChatDoor;
    readonly members?: object;
  }

  async function ask({ door, provider, members }: Asked) {
    const body = DOORS[door].body({ model: `by-${provider}`, text: "Hi" });
    const before = gateway.upstream.requests.length;
    const told = await knock(gateway.home, door, { ...body, ...CHEAP, ...members });
    return { told, asked: gateway.upstream.requests.length - before };
  }

  /** Refused so, and the good request is still answered by the first provider at once. */
  async function expectRefused(
    asking: Asked,
    { asked, ...refusal }: DoorRefusal & { asked: number },
  ) {
    const one = await ask(asking);
    expectRefusedBy(asking.door, one.told, refusal);
    expect(one.asked).toBe(asked);
    const { told } = await ask({ door: asking.door, provider: asking.provider });
    expect(heard(asking.door, told, false).text).toBe("Hello from upstream.");
    expect(told.headers.get("x-tokenhub-provider")).toBe(asking.provider);
    expect(told.headers.get("x-tokenhub-attempts")).toBe("1");
  }

  describe.each(PAIRS)("$door before $provider", ({ door, provider }) => {
    const isForeign = door !== provider;

    // Chat has no proofs that a provider could check.
    test.skipIf(provider === "openai")(
      "a broken proof is the client's mistake: one attempt, nobody's health",
      async () => {
        const members = REASONED[door](isForeign ? `thk1.${provider}.broken` : "broken");
        // More often than any breaker takes.
        for (let time = 0; time < 12; time += 1) await ask({ door, provider, members });
        await expectRefused({ door, provider, members }, { code: "invalid_value", asked: 1 });
      },
    );

    test("a result without its call is refused", async () => {
      await expectRefused(
        { door, provider, members: ORPHANS[door] },
        { code: "invalid_value", asked: isForeign ? 0 : 1 },
      );
    });

    test.runIf(isForeign)("a part that nobody knows is refused by its path", async () => {
      const { members, param } = ODD_PARTS[door];
      await expectRefused(
        { door, provider, members },
        { code: "unsupported_parameter", param, asked: 0 },
      );
    });

    test("a picture beyond the bound of bodies is refused before anybody is asked", async () => {
      const { told, asked } = await ask({
        door,
        provider,
        members: DOORS[door].body({
          model: `by-${provider}`,
          text: "What is it?",
          images: [`data:image/png;base64,${"A".repeat(11 * MIB)}`],
        }),
      });
      expectRefusedBy(door, told, { code: "too_large" });
      expect(asked).toBe(0);
    });
  });

  test.each([
    ["anthropic", false],
    ["anthropic", true],
    ["responses", false],
    ["responses", true],
  ] as const)("two choices of %s are refused, stream %s", async (provider, stream) => {
    await expectRefused(
      { door: "openai", provider, members: { n: 2, stream } },
      { code: "unsupported_parameter", param: "n", asked: 0 },
    );
  });

  test.each([
    ["openai", '{"city":', false],
    ["openai", "[1]", false],
    ["openai", "{}", true],
    ["responses", '{"city":', false],
    ["responses", "[1]", false],
    ["responses", "{}", true],
  ] as const)(
    "what Messages cannot say of a call is refused: %s %s, id twice %s",
    async (...row) => {
      const [door, input, again] = row;
      const members = BAD_CALLS[door](input, again);
      await expectRefused(
        { door, provider: "anthropic", members },
        { code: "invalid_value", param: TURNS[door], asked: 0 },
      );
    },
  );
});
