/** Loaded into a process of Thunderline before its own code (`node --import`): what a test needs to do from inside. */
if (process.env.FAULTS_CRASH_AT) await import('./crash-at.ts');

// A test run that is killed leaves no roles behind. The channel itself keeps no process up.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();
