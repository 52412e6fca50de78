import type { Change } from '../../cluster/change.ts';
import type { Mending } from '../mending.ts';

/** What a log on the host should keep at least: days, files, megabytes a file. Source: controls.md 1.5; CIS 1.2.17–1.2.19. */
export const rotation = { 'audit-log-maxage': 30, 'audit-log-maxbackup': 10, 'audit-log-maxsize': 100 } as const;
export type RotationFlag = keyof typeof rotation;
export const rotationFlags: readonly RotationFlag[] = ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize'];

/** Megabytes at which a file is closed: up to 1.35 a size of 0 means 100, from 1.36 on that there is no rotation. */
export function effectiveSize(value: number, minor: number): number {
  return value === 0 && minor <= 35 ? 100 : value;
}

/** At least so much, and no 0, which means without a bound. */
export function isEnough(value: number, wanted: number): boolean {
  return Number.isInteger(value) && value > 0 && value >= wanted;
}

/** Rotation flags whose value is not given or not good enough get the least that is; others stay. */
export function rotationChanges(at: Mending, wanted: Readonly<Record<RotationFlag, number>> = rotation): readonly Change[] {
  return rotationFlags.flatMap((flag) => {
    const reading = at.flag(flag);
    return reading.given && isEnough(Number(reading.value), wanted[flag]) ? [] : at.set(flag, String(wanted[flag]));
  });
}
