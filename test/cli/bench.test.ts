import { expect, test } from '@jest/globals';
import { startGateway } from '../http/gateway.ts';
import { runThunderline } from '../support/thunderline.ts';

test('thunderline bench ingest prints throughput, latencies and answers by status', async () => {
  const gateway = await startGateway();
  const load = ['--seconds', '0.5', '--rate', '50', '--events', '3'];
  const output = await runThunderline(process.env, 'bench', 'ingest', '--url', gateway.url, ...load);
  expect(output).toMatch(/requests +2\d \(\d+\/s\)/);
  expect(output).toMatch(/answer ms +p50 [\d.]+ +p95 [\d.]+ +p99 [\d.]+ +max [\d.]+/);
  expect(output).toMatch(/answers +202: 2\d\n/);
  expect(output).toContain(`${gateway.published.length} accepted`);
  expect(gateway.published.length % 3).toBe(0);
  await gateway.close();
});
