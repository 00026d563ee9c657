import type { Progress } from '../machine/progress.ts';
import type { Part, PartName } from '../parts/part.ts';
import type { Worksite } from './worksite.ts';

/** Stops each part once every part that needs it has stopped. `chosen` lists each part after those it needs. */
export async function stopInReverse(
  chosen: readonly Part[],
  sites: ReadonlyMap<PartName, Worksite>,
  progress: Progress,
): Promise<void> {
  const stopped = new Map<PartName, Promise<void>>();
  for (const part of chosen.toReversed()) {
    const dependants = chosen.filter(({ needs }) => needs.includes(part.name)).map(({ name }) => stopped.get(name));
    const stopping = Promise.all(dependants).then(async () => {
      progress.report(part.name, 'stopping');
      await sites.get(part.name)?.stop();
      progress.report(part.name, 'stopped', true);
    });
    stopped.set(part.name, stopping);
  }
  await Promise.all(stopped.values());
}
