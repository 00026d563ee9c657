import { TestEnvironment } from 'jest-environment-node';

/** Passes the parts that global-setup.ts has started in this process to each test file. */
export default class FaultEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.partsOfFaults = globalThis.partsOfFaults;
  }
}
