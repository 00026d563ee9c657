/** Runs that one comparison may name: each is a part of the address of every request. */
export const MOST_RUNS = 50;
