import { describe, expect, it } from 'vitest';
import { collect } from '../../../collect/collect.ts';
import { controlFolder } from '../../fixtures/judge-fixtures.ts';
import { remediesOf, stepsOf } from '../../fixtures/remedies-of.ts';
import { control } from './control.ts';
import { remedy } from './remedy.ts';

async function remedyFor(name: string) {
  const path = `${controlFolder(control)}fixtures/fail/${name}`;
  const cluster = await collect({ paths: [path], hostRoots: [], auditLogs: [], names: [path] });
  return remediesOf(control, remedy, cluster)[0];
}

describe('the LimitRange', () => {
  it('leaves room for what the workloads ask for', async () => {
    const [[change] = []] = stepsOf(await remedyFor('large-requests.yaml'));
    expect(change).toEqual({
      kind: 'apply-object',
      object: {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'defaults', namespace: 'shop' },
        spec: {
          limits: [
            {
              type: 'Container',
              default: { cpu: '700m', memory: '3Gi', 'ephemeral-storage': '2Gi' },
              defaultRequest: { cpu: '700m', memory: '3Gi', 'ephemeral-storage': '256Mi' },
              max: { cpu: '2', memory: '6Gi', 'ephemeral-storage': '8Gi' },
            },
            { type: 'PersistentVolumeClaim', max: { storage: '100Gi' } },
          ],
        },
      },
    });
  });

  it('keeps the values of one that is there', async () => {
    const [[change] = []] = stepsOf(await remedyFor('no-ephemeral-storage.yaml'));
    expect(change).toMatchObject({
      kind: 'patch-object',
      object: { kind: 'LimitRange', name: 'defaults', namespace: 'shop' },
      patch: {
        spec: {
          limits: [
            { default: { cpu: '500m', memory: '512Mi', 'ephemeral-storage': '2Gi' }, max: { cpu: '2', memory: '2Gi' } },
            { type: 'PersistentVolumeClaim' },
          ],
        },
      },
    });
  });

  it('leaves the choice between two to their owner', async () => {
    expect(await remedyFor('two-set-defaults.yaml')).toMatchObject({ kind: 'none' });
  });
});
