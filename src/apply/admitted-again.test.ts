import { describe, expect, it } from 'vitest';
import { admittedAgain } from './admitted-again.ts';
import { ApiRefusal } from './object-api.ts';

function refusing(times: number, status: number): { readonly task: () => Promise<void>; asked: number } {
  const state = {
    asked: 0,
    task: (): Promise<void> => {
      state.asked++;
      return state.asked > times ? Promise.resolve() : Promise.reject(new ApiRefusal(`refused ${state.asked}`, { status }));
    },
  };
  return state;
}

describe('what a policy forbade that was just taken back', () => {
  it('is asked again until the server knows', async () => {
    const twice = refusing(2, 403);
    await admittedAgain(twice.task);
    expect(twice.asked).toBe(3);
  });

  it('is refused in the end, with the last words', async () => {
    await expect(admittedAgain(refusing(100, 403).task, 1200)).rejects.toThrow('refused 3');
  });

  it('is not asked again where the refusal is of another sort', async () => {
    const conflict = refusing(2, 409);
    await expect(admittedAgain(conflict.task)).rejects.toThrow('refused 1');
    expect(conflict.asked).toBe(1);
  });
});
