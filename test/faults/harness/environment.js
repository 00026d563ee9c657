import { TestEnvironment } from 'jest-environment-node';

/** Hands the parts that global-setup.ts started, in this process, to each test file. */
export default class FaultEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.partsOfFaults = globalThis.partsOfFaults;
  }
}
