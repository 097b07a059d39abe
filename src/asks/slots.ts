/** How many questions may be on their way at once; the others wait in the order in which they came. */

/** Places for work that is under way. */
export interface Slots {
  /** Resolves when there is room; the answered function leaves it, once. */
  enter(): Promise<() => void>;
}

/** So many places. */
export function createSlots(max: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  function leaver(): () => void {
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      const next = waiting.shift();
      if (next) next();
      else taken -= 1;
    };
  }
  return {
    async enter() {
      if (taken < max) taken += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leaver();
    },
  };
}
