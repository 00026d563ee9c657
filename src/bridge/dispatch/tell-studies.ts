import type pg from 'pg';
import { markTold, type QueuedTrial, untoldTrials } from '../../store/tables/bridge-outbox.ts';
import { StudyRefused } from '../study/study-error.ts';
import type { StudyDesk } from './study-desk.ts';

const BATCH = 100;
/** A sweep leaves out ends that are still being passed on by the bridge that decided them. */
const SWEEP_AGE_MS = 5_000;

/**
 * Passes the ends of trials to their studies: all that their own bridge did not pass on, or those of one trial at once.
 */
export async function tellStudies(pool: pg.Pool, studies: StudyDesk, only?: QueuedTrial): Promise<void> {
  for (;;) {
    const untold = await untoldTrials(pool, only === undefined ? SWEEP_AGE_MS : 0, BATCH, only);
    for (const trial of untold) {
      try {
        await studies.tell(trial);
      } catch (error) {
        // The study has no such trial, or another end of it: telling it again changes nothing.
        if (!(error instanceof StudyRefused)) throw error;
      }
      await markTold(pool, trial);
    }
    if (untold.length < BATCH) return;
  }
}
