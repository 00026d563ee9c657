/** Code that a test runs inside a process of Thunderline, before its own code (`node --import`). */
if (process.env.FAULTS_CRASH_AT) await import('./crash-at.ts');

// The roles end with a test run that is killed. The channel does not keep the process alive.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();
