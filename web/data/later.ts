/** Does something a while after it is first asked for, and once for all askings until then. */
export interface Later {
  ask(): void;
  cancel(): void;
}

export function later(act: () => void, afterMs: number): Later {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, afterMs);
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
