import { until } from '../../support/until.ts';

const POST_MS = 60_000;

/** Posts events until they are accepted. */
export async function post(url: string, events: readonly object[]): Promise<void> {
  await until('the events are accepted', POST_MS, async () => {
    const response = await fetch(`${url}/api/events/ml`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    const text = await response.text();
    if (response.status !== 202) throw new Error(`${response.status} ${text}`);
    return true;
  });
}
