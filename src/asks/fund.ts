/**
 * The one sum of money that all asks of a request share. Whoever asks first sets its worst case aside; what was
 * spent is gone, the rest comes back. Nothing is ever spent that was not set aside before.
 */

/** Money of one request. */
export interface Fund {
  /** Nano-USD that nobody has set aside; Infinity: nothing limits it. */
  free(): number;
  /** Nano-USD spent by shares that are closed. */
  spentNanoUsd(): number;
  /** Sets so much aside; undefined: there is not so much. */
  open(nanoUsd: number): Share | undefined;
}

/** What one ask has set aside. */
export interface Share {
  nanoUsd(): number;
  /** Sets more aside; false: there is not so much, and nothing has changed. */
  more(nanoUsd: number): boolean;
  /** The first time it gives back what was not spent; then it changes nothing. */
  close(spentNanoUsd: number): void;
}

/** A fund of so many nano-USD; Infinity: no limit. */
export function createFund(limitNanoUsd: number): Fund {
  let free = limitNanoUsd;
  let spent = 0;
  return {
    free: () => free,
    spentNanoUsd: () => spent,
    open(nanoUsd) {
      if (nanoUsd > free) return undefined;
      free -= nanoUsd;
      let held = nanoUsd;
      let isClosed = false;
      return {
        nanoUsd: () => held,
        more(extra) {
          if (isClosed || extra > free) return false;
          free -= extra;
          held += extra;
          return true;
        },
        close(spentNanoUsd) {
          if (isClosed) return;
          isClosed = true;
          spent += spentNanoUsd;
          free += held - spentNanoUsd;
        },
      };
    },
  };
}
