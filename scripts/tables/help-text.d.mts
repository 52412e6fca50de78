/** Flags of a help text: type and default. */
export function parseHelp(text: string): Map<string, { readonly type: string; readonly value: string }>;
