import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { readManifests } from '../collect/manifests.ts';
import { mergeParts } from '../collect/parts.ts';
import { catalogue } from '../controls/catalogue.ts';
import type { Control, Draft } from '../controls/control.ts';
import { defineControl } from '../controls/control.ts';
import { defaultSettings } from '../controls/settings.ts';
import type { Verdict } from '../results/verdict.ts';
import { assess } from './assess.ts';

const now = '2026-11-26T12:00:00.000Z';

function clusterOf(text: string): Cluster {
  return mergeParts(['test'], [readManifests(parseDocuments(text, 'test.yaml').documents)]);
}

function control(drafts: readonly Draft[], more: Partial<Control> = {}): Control {
  return {
    ...defineControl({
      id: 'resources-quota',
      needs: [{ kind: 'listed', kinds: ['NetworkPolicy.networking.k8s.io'] }],
      absence: 'not-applicable',
      parameters: {},
      revisions: [{ since: '1.28', evaluate: () => drafts }],
      remedy: { kind: 'native', text: '' },
      tradeOffs: [],
    }),
    ...more,
  };
}

const draft = (verdict: Verdict, name = 'a'): Draft => ({
  verdict,
  subject: { kind: 'Namespace', name },
  message: `it is ${verdict}`,
  evidence: [],
});

function judge(of: Control, cluster: Cluster): ReturnType<typeof assess>[number] {
  const [result] = assess(cluster, { controls: [of], settings: defaultSettings, now });
  if (result === undefined) throw new Error('no result');
  return result;
}

const listed = clusterOf('apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems: []\n');
const unlisted = clusterOf('apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n');

describe('assess', () => {
  it('turns a pass without the evidence that the control needs into unknown, and says what would settle it', () => {
    expect(judge(control([draft('pass')]), listed).verdict).toBe('pass');
    const result = judge(control([draft('pass')]), unlisted);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toBe(
      'NetworkPolicy objects were not listed: scan the live cluster, a dump or a typed list, or declare `complete: [NetworkPolicy]`',
    );
  });

  it('keeps a failure that was seen, and what does not apply, whatever is missing', () => {
    expect(judge(control([draft('fail'), draft('pass', 'b')]), unlisted).verdict).toBe('fail');
    expect(judge(control([draft('not-applicable')]), unlisted).verdict).toBe('not-applicable');
  });

  it('answers for no subject at all: the absence that the control declares where kinds are listed, else unknown', () => {
    expect(judge(control([]), listed).verdict).toBe('not-applicable');
    expect(judge(control([], { absence: 'pass' }), listed).verdict).toBe('pass');
    expect(judge(control([], { absence: 'pass' }), unlisted).verdict).toBe('unknown');
  });

  it('lets the worst finding decide: fail, unknown, pass, not-applicable', () => {
    const order: readonly Verdict[] = ['fail', 'unknown', 'pass', 'not-applicable'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...order), { minLength: 1, maxLength: 6 }), (verdicts) => {
        const result = judge(control(verdicts.map((verdict, index) => draft(verdict, String(index)))), listed);
        return result.verdict === order.find((verdict) => verdicts.includes(verdict));
      }),
    );
  });

  it('takes the revision of the cluster’s minor, the newest where it is not known', () => {
    const of = control([], {
      revisions: [
        { since: '1.28', evaluate: () => [draft('pass')] },
        { since: '1.31', evaluate: () => [draft('fail')] },
      ],
    });
    const version = (text: string): Cluster => ({ ...listed, gitVersion: { text, place: { source: '/version' } } });
    expect(judge(of, version('v1.30.9')).verdict).toBe('pass');
    expect(judge(of, version('v1.31.0')).verdict).toBe('fail');
    expect(judge(of, listed).verdict).toBe('fail');
  });

  it('never passes an essential control on nothing at all', () => {
    const empty = mergeParts([], []);
    const results = assess(empty, { controls: catalogue, settings: defaultSettings, now });
    expect(results.filter(({ verdict }) => verdict !== 'unknown' && verdict !== 'not-applicable').map(({ id }) => id)).toEqual(
      [],
    );
  });
});
