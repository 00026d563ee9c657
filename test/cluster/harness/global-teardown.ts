import stopOtherParts from '../../runner/global-teardown.ts';

export default async function tearDown(): Promise<void> {
  await stopOtherParts();
  await globalThis.brokersOfTests.close();
}
