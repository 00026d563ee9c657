/** The segments of a path that browsers and libraries remove from an address, percent-encoded too (URL standard, 4.4). */
export const DOTS = ['.', '..'] as const;

export const isDots = (text: string): boolean => DOTS.some((dots) => dots === text);
