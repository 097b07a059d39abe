/** What a keeper remembers beyond its life. Nothing in it is secret. */
import { z } from "zod";
import { NO_GUESSES } from "./guesses.ts";

const NOTES = z.object({
  guesses: z.object({
    failures: z.int().nonnegative(),
    failedAtMs: z.array(z.number()).readonly(),
    refusedUntilMs: z.number(),
  }),
  /** Highest epoch of the vault's row that was ever seen; 0: none. */
  epochSeen: z.int().nonnegative(),
  /** The older epoch that was told of as a suspected rollback; 0: none. */
  rollbackEpoch: z.int().nonnegative(),
  /** Grows with each unlock and each lock: of two keepers the higher one knows better. */
  generation: z.int().nonnegative(),
  /** Was the last of those a lock? */
  isLocked: z.boolean(),
});

/** Failure counters, the epoch, and which unlock or lock was the last. */
export type Notes = z.infer<typeof NOTES>;

/** Of a keeper that never did anything. */
export const NO_NOTES: Notes = {
  guesses: NO_GUESSES,
  epochSeen: 0,
  rollbackEpoch: 0,
  generation: 0,
  isLocked: false,
};

/** Where a keeper's notes are kept. What was written is read by the next `read`, also of the next process. */
export interface NotesPort {
  read(): Promise<Notes>;
  write(notes: Notes): Promise<void>;
}

/** Reads JSON of any origin; what it is not is forgotten. */
export function readNotes(value: unknown): Notes {
  const parsed = NOTES.safeParse(value);
  return parsed.success ? parsed.data : NO_NOTES;
}

/** A keeper's notes, changed one change after the other. */
export class Notebook {
  readonly #port: NotesPort;
  #last: Promise<unknown> = Promise.resolve();

  constructor(port: NotesPort) {
    this.#port = port;
  }

  read(): Promise<Notes> {
    return this.#port.read();
  }

  /** Resolves with the notes as they are afterwards, once they are written. */
  change(how: (notes: Notes) => Notes): Promise<Notes> {
    const changed = this.#last.then(async () => {
      const next = how(await this.#port.read());
      await this.#port.write(next);
      return next;
    });
    this.#last = changed.catch(() => undefined);
    return changed;
  }
}
