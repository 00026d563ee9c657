/** Flags for servers with few requests: faster start and less memory, and slower only under a load that does not occur here. */
export const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
