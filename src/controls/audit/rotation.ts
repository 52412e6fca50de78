import type { Change } from '../../cluster/change.ts';
import type { Mending } from '../mending.ts';

/** What a log on the host should keep at least: days, files, megabytes a file. Source: controls.md 1.5; CIS 1.2.17–1.2.19. */
export const rotation = { 'audit-log-maxage': 30, 'audit-log-maxbackup': 10, 'audit-log-maxsize': 100 } as const;
export type RotationFlag = keyof typeof rotation;
export const rotationFlags: readonly RotationFlag[] = ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize'];

/** Rotation flags whose value is not good enough get the least that is; others stay. */
export function rotationChanges(at: Mending, wanted: Readonly<Record<RotationFlag, number>> = rotation): readonly Change[] {
  return rotationFlags.flatMap((flag) => {
    const reading = at.flag(flag);
    const isSet = reading.given && isEnough(flag, Number(reading.value), wanted[flag]);
    return isSet ? [] : at.set(flag, String(wanted[flag]));
  });
}

/** Age and backups: at least so many; size: more than 0 and at most so many, since one file must be read whole. */
export function isEnough(flag: RotationFlag, value: number, wanted: number): boolean {
  if (!Number.isInteger(value)) return false;
  return flag === 'audit-log-maxsize' ? value > 0 && value <= wanted : value >= wanted;
}
