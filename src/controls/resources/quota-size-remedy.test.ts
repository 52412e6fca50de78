import { expect, it } from 'vitest';
import { quantity } from './namespace-limits-remedy.ts';
import { withHeadroom } from './quota-size-remedy.ts';

it('adds a half and rounds up', () => {
  expect(withHeadroom('requests.cpu', quantity('1'))).toBe('1500m');
  expect(withHeadroom('requests.cpu', quantity('2'))).toBe('3');
  expect(withHeadroom('limits.cpu', quantity('333m'))).toBe('500m');
  expect(withHeadroom('requests.memory', quantity('64Mi'))).toBe('128Mi');
  expect(withHeadroom('limits.memory', quantity('2Gi'))).toBe('3Gi');
  expect(withHeadroom('pods', quantity('3'))).toBe('5');
});
