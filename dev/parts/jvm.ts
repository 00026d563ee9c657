/** For servers that are asked a little by few: they are up sooner and smaller, and slower only under a load they never see. */
export const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
