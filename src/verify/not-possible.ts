/** A probe cannot be asked; the message says why and what would make it possible. */
export class NotPossible extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'NotPossible';
  }
}
