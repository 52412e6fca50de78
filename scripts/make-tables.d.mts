export function referenceTables(reference: string): Map<string, unknown>;
export function print(value: unknown): string;
