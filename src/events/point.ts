/** One value of one metric of a trial, or of a run. Its identity is the trial, the name, the step and the event. */
export interface Point {
  readonly name: string;
  readonly step: number;
  /** A UUID in lower case. */
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  readonly value: number;
}

/** Order of doubles as Postgres has it, NaN greatest, and -0 before 0 so that no two different values are equal. */
function compareValues(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  if (a === b) return Object.is(a, -0) ? -1 : 1;
  return a - b;
}

/**
 * Which of two points of one identity stands: the greater (time, value). They differ only by a client's mistake, or by a
 * re-send of an event without a time of its own.
 */
export const comparePoints = (a: Point, b: Point): number =>
  a.recordedAt === b.recordedAt ? compareValues(a.value, b.value) : a.recordedAt - b.recordedAt;

/** Orders points of one trial by identity. */
export function compareIdentities(a: Point, b: Point): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.step !== b.step) return a.step - b.step;
  return a.eventId === b.eventId ? 0 : a.eventId < b.eventId ? -1 : 1;
}

/** `points` of one trial, one for each identity, in the order of identities. */
export function distinctPoints(points: Point[]): Point[] {
  points.sort((a, b) => compareIdentities(a, b) || comparePoints(a, b));
  return points.filter((point, index) => {
    const next = points[index + 1];
    return next === undefined || compareIdentities(point, next) !== 0;
  });
}
