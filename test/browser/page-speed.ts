import type { Page } from 'playwright-core';

export interface Frames {
  readonly frames: number;
  readonly ms: number;
  /** The longest task, in milliseconds. */
  readonly longest: number;
  readonly over100: number;
}

export const rateOf = ({ frames, ms }: Frames): number => Math.round((frames / ms) * 10_000) / 10;

/** Counts the frames of a page and its long tasks for a time. */
export const framesOf = (page: Page, ms: number): Promise<Frames> =>
  page.evaluate<Frames>(`new Promise((resolve) => {
    let frames = 0, longest = 0, over100 = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) { over100 += duration > 100 ? 1 : 0; longest = Math.max(longest, duration); }
    });
    observer.observe({ type: 'longtask' });
    const start = performance.now();
    const tick = () => {
      frames += 1;
      const now = performance.now();
      if (now - start < ${ms}) requestAnimationFrame(tick);
      else { observer.disconnect(); resolve({ frames, ms: now - start, longest: Math.round(longest), over100 }); }
    };
    requestAnimationFrame(tick);
  })`);

/** Reads the processor time that the main thread of a page has used, in milliseconds: other processes do not count in it. */
export async function mainThreadClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
}

/** Notes the time from each input to the second frame after it: the first one renders the page, the second one its drawings. */
export const ANSWERS = `
  globalThis.answers = [];
  for (const type of ['pointermove', 'click', 'change', 'keydown', 'pointerup', 'pointerover']) {
    addEventListener(type, ({ timeStamp }) => {
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => answers.push(performance.now() - timeStamp))));
    }, true);
  }
`;

export interface Answer {
  /** From the last input of the act to the second frame after it, in milliseconds. */
  readonly ms: number;
  /** Processor time of the main thread, in milliseconds. */
  readonly busyMs: number;
}

/** How long a page needs to answer an act. */
export async function answerOf(page: Page, clock: () => Promise<number>, act: () => Promise<unknown>): Promise<Answer> {
  await page.evaluate('answers.length = 0');
  const before = await clock();
  await act();
  const ms = await page.evaluate<number>(`new Promise((resolve) => {
    const look = () => (answers.length > 0 ? setTimeout(() => resolve(answers.at(-1)), 50) : requestAnimationFrame(look));
    look();
  })`);
  return { ms, busyMs: (await clock()) - before };
}

/** How many times longer a page needs for the same work because other processes have the processor. */
export const slowdownOf = (page: Page): Promise<number> =>
  page.evaluate<number>(`(async () => {
    const times = [];
    for (let round = 0; round < 60; round += 1) {
      const start = performance.now();
      let sum = 0;
      for (let at = 0; at < 3e6; at += 1) sum += Math.sqrt(at);
      times.push(performance.now() - start + 0 * sum);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const usual = times.reduce((total, time) => total + time, 0) / times.length;
    return usual / Math.min(...times);
  })()`);
