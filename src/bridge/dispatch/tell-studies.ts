import type pg from 'pg';
import { markTold, type QueuedTrial, type UntoldTrial, untoldTrials } from '../../store/tables/bridge-outbox.ts';
import { StudyRefused, StudyUnavailable } from '../study/study-error.ts';
import type { StudyDesk } from './study-desk.ts';

/** Ends that are read together: each may have half a mebibyte, and its study as much. */
const BATCH = 50;
/** A sweep leaves out ends that are still being passed on by the bridge that decided them. */
const SWEEP_AGE_MS = 5_000;

/**
 * Passes the ends of trials to their studies: all that their own bridge did not pass on, or those of one trial at once. Rejects
 * if studies are unavailable, and with the failure of one end after all others were passed on.
 */
export async function tellStudies(pool: pg.Pool, studies: Pick<StudyDesk, 'tell'>, only?: QueuedTrial): Promise<void> {
  const failures: unknown[] = [];
  for (let isMore = true; isMore; ) {
    const untold = await untoldTrials(pool, only === undefined ? SWEEP_AGE_MS : 0, BATCH, only);
    let told = 0;
    for (const trial of untold) {
      try {
        await tell(studies, trial);
      } catch (error) {
        if (error instanceof StudyUnavailable) throw error;
        failures.push(error);
        continue;
      }
      await markTold(pool, trial);
      told += 1;
    }
    isMore = untold.length === BATCH && told > 0;
  }
  if (failures.length > 0) throw failures[0];
}

async function tell(studies: Pick<StudyDesk, 'tell'>, trial: UntoldTrial): Promise<void> {
  try {
    await studies.tell(trial);
  } catch (error) {
    // The study has no such trial, or another end of it: telling it again changes nothing.
    if (!(error instanceof StudyRefused)) throw error;
  }
}
