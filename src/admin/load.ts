/** Data of a page: loaded when it opens, loaded again on demand, and its error kept beside it. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** What a page sees of its data. */
export interface Loaded<T> {
  /** undefined: not loaded yet, or never. */
  readonly data: T | undefined;
  readonly error: unknown;
  readonly busy: boolean;
  /** Loads again; what was there stays visible until then. */
  reload(): Promise<void>;
}

/** Loads on the first drawing and whenever `key` changes. A late answer to an old question is dropped. */
export function useLoad<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: unknown; busy: boolean }>({ busy: true });
  const asked = useRef(0);
  const latest = useRef(load);
  latest.current = load;
  const reload = useCallback(async () => {
    const own = ++asked.current;
    setState((before) => ({ ...before, busy: true }));
    try {
      const data = await latest.current();
      if (own === asked.current) setState({ data, busy: false });
    } catch (error) {
      if (own === asked.current) setState((before) => ({ ...before, error, busy: false }));
    }
  }, []);
  // `key` says when the question is another one.
  useEffect(() => {
    void reload();
    return () => {
      asked.current += 1;
    };
  }, [key, reload]);
  return { data: state.data, error: state.error, busy: state.busy, reload };
}

/** A page that nobody touches for this long asks nothing more, so that its session can end. */
const UNTOUCHED_MS = 5 * 60_000;
let touchedAtMs = Date.now();
for (const event of ["pointerdown", "pointermove", "keydown"] as const) {
  addEventListener(event, () => {
    touchedAtMs = Date.now();
  });
}

/** Calls `work` every `everyMs` while the page is open, visible, and somebody is there. */
export function useEvery(everyMs: number, work: () => void): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    const id = setInterval(() => {
      const isUsed = Date.now() - touchedAtMs < UNTOUCHED_MS;
      if (isUsed && !document.hidden) latest.current();
    }, everyMs);
    return () => clearInterval(id);
  }, [everyMs]);
}

/** Runs one action at a time and keeps its error. */
export function useAction(): {
  readonly busy: boolean;
  readonly error: unknown;
  /** Answers whether it went well. */
  run(work: () => Promise<unknown>): Promise<boolean>;
  clear(): void;
} {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({
    busy: false,
    error: undefined,
  });
  const running = useRef(false);
  return {
    ...state,
    async run(work) {
      if (running.current) return false;
      running.current = true;
      setState({ busy: true, error: undefined });
      try {
        await work();
        setState({ busy: false, error: undefined });
        return true;
      } catch (error) {
        setState({ busy: false, error });
        return false;
      } finally {
        running.current = false;
      }
    },
    clear: () => setState({ busy: false, error: undefined }),
  };
}
