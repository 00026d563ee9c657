import './global-setup.ts';

/** Stops what global-setup.ts started; its data stays for the next run. */
export default async function tearDown(): Promise<void> {
  await globalThis.stackOfTests?.stop();
}
