import { isArray } from '../json/elements.ts';
import { problemOfError } from '../problem-of-error.ts';
import { withProgress } from './answer.ts';
import { readDecoded, readPlain } from './body.ts';
import type { Intake } from './intake.ts';
import type { Posted } from './posted.ts';
import { readEvents } from './read-events.ts';

/** Takes the events of a JSON body, one or an array: none is published before all of them are judged. */
export async function takeJson(posted: Posted): Promise<Intake> {
  const { intake, publisher } = await judge(posted);
  try {
    await publisher.submit();
    await publisher.settle();
  } catch (error) {
    throw withProgress(problemOfError(error), intake, 0);
  }
  return intake;
}

/** Reads the body and judges its events. A function of its own, so that the body is gone while Kafka is waited for. */
async function judge({
  request,
  encoding,
  access,
  lease,
  limits,
  begin,
}: Posted): Promise<ReturnType<Posted['begin']>> {
  const body = await (encoding === 'identity'
    ? readPlain(request, limits, lease)
    : readDecoded(request, encoding, limits, lease));
  const begun = begin(!isArray(body));
  await readEvents(body, begun.intake, limits.maxEventBytes);
  const spent = access.spend(begun.intake.count, body.length);
  if (spent !== undefined) await spent;
  return begun;
}
