/** Admission plug-ins that a help text names: on by default, and all. */
export function pluginsInHelp(help: string): { readonly on: string[]; readonly all: string[] };
