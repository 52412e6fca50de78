import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectivePlugins } from '../../src/admission/plugins.ts';
import { readFlags } from '../../src/cluster/flags.ts';
import { flagNames, flagSpec } from '../../src/cluster/tables/flag-table.ts';
import { gateSpec } from '../../src/cluster/tables/gate-table.ts';
import gates from '../../src/cluster/tables/gates.data.json' with { type: 'json' };
import { parseHelp } from '../../scripts/tables/help-text.mjs';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbeds } from '../../testbed/find.ts';
import { runProgram } from '../../testbed/processes.ts';
import { failureMessage } from '../../testbed/start-failure.ts';
import { componentOf } from './command-line.ts';

const testbeds = findTestbeds();

/** Flags without which the server would start: with these it stops after parsing, long before it listens. */
async function answerOf(program: string, words: readonly string[]): Promise<string> {
  const result = await runProgram(program, words, { timeout: 20_000 });
  return failureMessage(result.stderr);
}

/** Command lines that mix real flags, values right and wrong for their types, and words that are no flags. */
function commandLines(component: 'kube-apiserver' | 'kube-controller-manager', minor: number): fc.Arbitrary<string[]> {
  const names = flagNames(component).filter(
    (name) => flagSpec(component, minor, name) !== undefined && name !== 'help' && name !== 'version',
  );
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z][a-z_-]{0,8}$/) },
  );
  const value = fc.oneof(
    fc.constantFrom(
      'true',
      'false',
      '',
      '1',
      '0x1f',
      '08',
      '1_000',
      '-5',
      '5s',
      '1h30m',
      '5',
      '1.5',
      '.5s',
      '10.0.0.1',
      'fe80::1',
      'a,b',
      '"a,b",c',
      'a"b',
      '"a',
      'a=b',
      'a=b,c=d',
      'A=true',
      '1-2',
      '99999',
      'x,y:z',
      '1,x',
      '10Mi',
      '4294967296',
      'NaN',
      '9223372036854775808',
    ),
    fc.string({ maxLength: 8 }).filter((text) => !text.includes('\0')),
  );
  const flag = fc.tuple(name, value, fc.constantFrom('=', ' ', 'bare', '_')).map(([flag, text, form]) => {
    if (form === 'bare') return [`--${flag}`];
    if (form === ' ') return [`--${flag}`, text];
    return [`--${form === '_' ? flag.replaceAll('-', '_') : flag}=${text}`];
  });
  const other = fc.constantFrom(['word'], ['-a=b'], ['-v', '2'], ['-v=x'], ['--'], ['---x'], ['--=x'], ['-']);
  return fc
    .array(fc.oneof({ weight: 6, arbitrary: flag }, { weight: 1, arbitrary: other }), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.flat());
}

async function agrees(
  testbed: Testbed,
  component: 'kube-apiserver' | 'kube-controller-manager',
  words: readonly string[],
): Promise<void> {
  const program = component === 'kube-apiserver' ? testbed.apiserver : testbed.controllerManager;
  const [first] = readFlags(componentOf(component, words), testbed.minor).errors;
  // A flag that does not exist ends the parsing with a message of its own, so a line that parses says so.
  const answer = await answerOf(program ?? '', first === undefined ? [...words, '--parsed-to-the-end'] : words);
  // (After `--` it is a word.)
  const parses = words.includes('--')
    ? /does not take any arguments|^unknown flag: --parsed-to-the-end$/
    : /^unknown flag: --parsed-to-the-end$/;
  if (first === undefined) expect(answer, JSON.stringify(words)).toMatch(parses);
  else expect(answer, JSON.stringify(words)).toBe(first.message);
}

describe.skipIf(testbeds.length === 0)('flags (needs a testbed: node testbed/build.mjs)', () => {
  describe.each(testbeds)('of $version', (testbed) => {
    it.each(['kube-apiserver', 'kube-controller-manager'] as const)('stop %s with the words of the server', async (component) => {
      if (component === 'kube-controller-manager' && testbed.controllerManager === undefined) return;
      await fc.assert(
        fc.asyncProperty(commandLines(component, testbed.minor), (words) => agrees(testbed, component, words)),
        { numRuns: process.env['BULWARK_TEST_FULL'] === '1' ? 150 : 25 },
      );
    });

    it('are those that the tables know, with their defaults', async () => {
      for (const [component, program] of [
        ['kube-apiserver', testbed.apiserver],
        ['kube-controller-manager', testbed.controllerManager],
      ] as const) {
        if (program === undefined) continue;
        const help = await runProgram(program, ['--help']);
        for (const [name, { type, value }] of parseHelp(help.stdout)) {
          expect([name, flagSpec(component, testbed.minor, name)]).toEqual([name, { type, value }]);
        }
        const hidden = flagNames(component).filter(
          (name) => flagSpec(component, testbed.minor, name) !== undefined && !parseHelp(help.stdout).has(name),
        );
        for (const name of hidden)
          expect(await answerOf(program, [`--${name}=1`, '--parsed-to-the-end'])).not.toBe(`unknown flag: --${name}`);
      }
    });

    it('tell gates that are gone, locked or no gates', async () => {
      const names = Object.keys(gates);
      const lines = [
        'Nope=true',
        'AllAlpha',
        'AllAlpha=x',
        ...names
          .filter((name) => gateSpec(name, testbed.minor)?.locked === true)
          .slice(0, 4)
          .map((name) => `${name}=${String(gateSpec(name, testbed.minor)?.value === false)}`),
        ...names
          .filter((name) => gateSpec(name, testbed.minor) === undefined)
          .slice(0, 6)
          .map((name) => `${name}=true`),
      ];
      for (const line of lines) {
        const words = [`--feature-gates=${line}`];
        const [first] = readFlags(componentOf('kube-apiserver', words), testbed.minor).errors;
        expect(await answerOf(testbed.apiserver, words)).toBe(first?.message);
      }
    });

    it('know every gate that the server knows', async () => {
      const help = await runProgram(testbed.apiserver, ['--help']);
      for (const [, name = '', stage = '', value] of help.stdout.matchAll(
        /^ +(?:kube:)?(\w+)=true\|false \((\w+) - default=(\w+)\)/gm,
      )) {
        const spec = gateSpec(name, testbed.minor);
        expect([name, spec?.stage.toUpperCase(), String(spec?.value)]).toEqual([name, stage, value]);
      }
    });

    it('tell wrong admission plug-ins as the server does', async () => {
      const lines = [
        ['--enable-admission-plugins=Nope,NodeRestriction,A b'],
        ['--disable-admission-plugins=SecurityContextDeny,PersistentVolumeLabel,JobValidation,PodGroupWorkloadExists'],
        [
          '--enable-admission-plugins=PodSecurity,LimitRanger,Priority',
          '--disable-admission-plugins=LimitRanger',
          '--disable-admission-plugins=PodSecurity',
        ],
        ['--admission-control=Nope,PodSecurity', '--enable-admission-plugins=NodeRestriction'],
        ['--admission-control=PodSecurity', '--disable-admission-plugins='],
      ];
      for (const words of lines) {
        const flags = readFlags(componentOf('kube-apiserver', words), testbed.minor);
        const answer = await answerOf(testbed.apiserver, words);
        for (const { message } of effectivePlugins(flags, testbed.minor).errors) expect(answer).toContain(message);
        const said = answer.split(', ').filter((part) => /admission-(?:control|plugins)/.test(part)).length;
        expect(said, answer).toBe(effectivePlugins(flags, testbed.minor).errors.length);
      }
    });
  });
});
