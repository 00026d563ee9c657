import { TestEnvironment } from 'jest-environment-node';

/** Passes the brokers that global-setup.ts has started in this process to each test file. */
export default class ClusterEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.brokersOfTests = globalThis.brokersOfTests;
  }
}
