import { isArray } from '../json/elements.ts';
import { withProgress } from './answer.ts';
import { readDecoded, readPlain } from './body.ts';
import type { Intake } from './intake.ts';
import type { Posted } from './posted.ts';
import { readEvents } from './read-events.ts';
import { asProblem } from './trouble.ts';

/** Takes the events of a JSON body, one or an array: none is published before all of them are judged. */
export async function takeJson({ request, encoding, access, lease, limits, begin }: Posted): Promise<Intake> {
  const body = await (encoding === 'identity'
    ? readPlain(request, limits, lease)
    : readDecoded(request, encoding, limits, lease));
  const { intake, publisher } = begin(!isArray(body));
  await readEvents(body, intake, limits.maxEventBytes);
  const spent = access.spend(intake.count, body.length);
  if (spent !== undefined) await spent;
  try {
    await publisher.submit();
    await publisher.settle();
  } catch (error) {
    throw withProgress(asProblem(error), intake, 0);
  }
  return intake;
}
