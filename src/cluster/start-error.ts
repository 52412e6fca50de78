import type { Place } from './place.ts';

/** Why a component does not start with a command line, in its own words. */
export interface StartError {
  /** Name without dashes, where the error is about one flag. */
  readonly flag?: string;
  readonly message: string;
  readonly place: Place;
}
