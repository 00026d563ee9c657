const TIMEOUT_MS = 10_000;

/** The sum of all series of a metric of a process of Thunderline; 0 if it has none. */
export async function metricOfRole(url: string, name: string, labels = ''): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const lines = (await response.text()).split('\n').filter((line) => new RegExp(`^thunderline_${name}[ {]`).test(line));
  return lines.filter((line) => line.includes(labels)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
