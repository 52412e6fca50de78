/** Thrown inside the fast readers alone: the text is not in the plain style, and the event reader has to look at it. */
export class NotPlain extends Error {}

/** One for all: it carries nothing, and a stack would cost more than the reading. */
export const notPlain = new NotPlain('not in the plain style');
