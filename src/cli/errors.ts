/** The command line, a settings file or an input cannot be used: exit code 2. `hint` says what to do instead. */
export class UsageError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** Exit codes (DESIGN §4); `stopped`: an apply or rollback that waits or was undone. */
export const exitCodes = { holds: 0, findings: 1, usage: 2, stopped: 3 } as const;
