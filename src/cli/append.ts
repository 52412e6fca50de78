/** Collects the values of an option that may be given several times. */
export const append = (value: string, former: readonly string[]): readonly string[] => [...former, value];
