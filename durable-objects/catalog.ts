/**
 * The model catalogue's memory: what the last discovery of each provider found. Cold and without secrets,
 * so it runs on itty-durable (docs/decisions/0003-dependencies.md), which speaks JSON in request headers: everything
 * goes in and out as ASCII text through `catalogOf`, and the proxied stub itself never leaves it.
 */
import { createDurable, proxyDurable } from "itty-durable";
import { z } from "zod";
import type { DiscoveryNote } from "../src/chores.ts";

/** One header carries the note; Cloudflare allows 128 KB of them. */
const NOTE_CHARS_MAX = 48_000;

const NOTE = z.object({
  providerId: z.string(),
  models: z.array(z.string()),
  error: z.string().optional(),
  atMs: z.number(),
});
const REMEMBERED = z.object({ note: z.string() });

/** One object per provider. Its public fields are what is persisted. */
export class Catalog extends createDurable() {
  note = "";

  /** Replaces the note. */
  async remember(text: string): Promise<{ note: string }> {
    this.note = text;
    await this.persist();
    return this.recall();
  }

  /** The note, as text; empty when there was none. */
  recall(): { note: string } {
    return { note: this.note };
  }
}

/** The methods of the proxied stub; it also answers to `then`, so it must never be awaited or returned. */
interface Proxied {
  remember(text: string): Promise<unknown>;
  recall(): Promise<unknown>;
}

export interface CatalogMemory {
  /** Beyond what one call carries, models are left out from the end. */
  remember(note: DiscoveryNote): Promise<void>;
  /** undefined: never asked. */
  recall(): Promise<DiscoveryNote | undefined>;
}

/** What is remembered about one provider. */
export function catalogOf(namespace: DurableObjectNamespace, providerId: string): CatalogMemory {
  // With a prefix, because a name of 64 hexadecimal digits would be taken for an object's id.
  const name = `provider:${encodeURIComponent(providerId)}`;
  const object = (): Proxied => proxyDurable(namespace, { parse: true }).get(name);
  return {
    async remember(note) {
      await object().remember(fitting(note));
    },
    async recall() {
      const { note } = REMEMBERED.parse(await object().recall());
      if (note === "") return undefined;
      const { providerId, models, error, atMs } = NOTE.parse(JSON.parse(note));
      return { providerId, models, error, atMs };
    },
  };
}

function fitting(note: DiscoveryNote): string {
  let { models } = note;
  let text = asciiJson(note);
  while (text.length > NOTE_CHARS_MAX) {
    models = models.slice(0, Math.floor(models.length / 2));
    text = asciiJson({ ...note, models });
  }
  return text;
}

/** A header with other characters would be printed to the log by the runtime. */
function asciiJson(value: DiscoveryNote): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
