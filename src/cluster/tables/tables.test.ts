import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { print, referenceTables } from '../../../scripts/make-tables.mjs';
import { parseHelp } from '../../../scripts/tables/help-text.mjs';
import { pluginsInHelp } from '../../../scripts/tables/plugins.mjs';
import { compiledPlugins, defaultPlugins } from '../../admission/plugins.ts';
import type { ComponentName } from '../component.ts';
import { flagSpec } from './flag-table.ts';
import { gateSpec } from './gate-table.ts';

const reference = join(import.meta.dirname, '../../../../shared/reference');

describe.skipIf(!existsSync(reference))('the tables (needs ../shared/reference)', () => {
  it('are what scripts/make-tables.mjs makes', () => {
    for (const [name, value] of referenceTables(reference))
      expect(readFileSync(join(import.meta.dirname, name), 'utf8')).toBe(print(value));
  });

  const helps = existsSync(reference) ? readdirSync(join(reference, 'help')).filter((name) => name.endsWith('.txt')) : [];

  it.each(helps)('agree with %s', (file) => {
    const [, component = '', minor = ''] = /^(.*)-1\.(\d+)\.\d+\.txt$/.exec(file) ?? [];
    const text = readFileSync(join(reference, 'help', file), 'utf8');
    for (const [name, spec] of parseHelp(text))
      expect([name, flagSpec(component as ComponentName, Number(minor), name)]).toEqual([name, spec]);
    for (const [, gate = '', stage = '', value] of text.matchAll(/^ +(?:kube:)?(\w+)=true\|false \((\w+) - default=(\w+)\)/gm)) {
      const known = gateSpec(gate, Number(minor));
      expect([gate, known?.stage.toUpperCase(), String(known?.value)]).toEqual([gate, stage, value]);
    }
    if (component !== 'kube-apiserver') return;
    const { on, all } = pluginsInHelp(text);
    expect(defaultPlugins(Number(minor)).toSorted()).toEqual(on);
    expect(compiledPlugins(Number(minor)).toSorted()).toEqual(all);
  });
});
