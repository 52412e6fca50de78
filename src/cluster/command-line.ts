import type { Place } from './place.ts';

/** One word of a command line, with the place where it stands. */
export interface Argument {
  readonly text: string;
  readonly place: Place;
}

/** A command line as it was written: the program's name is not among the arguments. Reading it is flags.ts' matter. */
export interface CommandLine {
  readonly arguments: readonly Argument[];
}
