import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { levelByDefinition } from '../../../src/audit/definition.ts';
import type { AuditEvent } from '../../../src/audit/event.ts';
import { attributesOfEvent, readEvent } from '../../../src/audit/event.ts';
import { compilePolicy } from '../../../src/audit/policy.ts';
import { loadAuditPolicy, unreadablePolicyFile } from '../../../src/audit/policy-file.ts';
import type { Json } from '../../../src/cluster/json.ts';

// Policies as a real API server read them, and the log that it wrote under each of them for one sequence of requests. Of the logs
// other than `all`, only audit ID, stage and level are kept here.

function read(name: string): string {
  const bytes = readFileSync(new URL(name, import.meta.url));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

function lines<T>(name: string): T[] {
  return read(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

const minorOf = (version: string) => Number(version.split('.')[1]);

interface ConfigCase {
  id: string;
  version: string;
  input: { policy: string | null; policyPath: string };
  expect: { accepted: boolean; message?: string };
}

describe('audit policy files', () => {
  test.each(lines<ConfigCase>('config.jsonl').map((one) => [one.id, one] as const))('%s', (_, { version, input, expect: wanted }) => {
    if (input.policy === null) {
      expect(unreadablePolicyFile(input.policyPath, `open ${input.policyPath}: no such file or directory`)).toBe(wanted.message);
      return;
    }
    const loaded = loadAuditPolicy(input.policy, { path: input.policyPath, minor: minorOf(version) });
    expect({ accepted: loaded.kind === 'accepted', message: loaded.kind === 'refused' ? loaded.message : undefined }).toEqual({
      accepted: wanted.accepted,
      message: wanted.message,
    });
  });

  test.each(lines<ConfigCase>('refused-policies.jsonl').map((one) => [one.id, one] as const))('%s', (_, { version, input, expect: wanted }) => {
    const loaded = loadAuditPolicy(input.policy ?? '', { path: 'policy.yaml', minor: minorOf(version) });
    expect(loaded).toMatchObject({ kind: 'refused', message: wanted.message });
    expect(loadAuditPolicy(input.policy ?? '', { path: 'policy.yaml', minor: 36 }).kind).toBe('accepted');
  });
});

interface PolicyCase {
  id: string;
  version: string;
  input: { policy: { $from: string }; events: { $from: string } };
  expect: { events: { $from: string } };
  ignoreEvents?: string[];
  observed?: { warnings: string[] };
}

const logs = new Map<string, AuditEvent[]>();

function logOf(name: string): AuditEvent[] {
  const known = logs.get(name) ?? lines<Json>(name).map((line) => readEvent(line)!);
  logs.set(name, known);
  return known;
}

describe('levels and stages of each event under each policy', () => {
  test.each(lines<PolicyCase>('policies.jsonl').map((one) => [one.id, one] as const))('%s', (_, one) => {
    const minor = minorOf(one.version);
    const loaded = loadAuditPolicy(read(one.input.policy.$from), { path: 'policy.yaml', minor });
    if (loaded.kind !== 'accepted') throw new Error(loaded.message);
    for (const warning of one.observed?.warnings ?? []) expect(loaded.warnings.join('\n')).toContain(warning);
    const compiled = compilePolicy(loaded.configuration, minor);
    const first = new Map<string, AuditEvent>();
    const predicted: string[] = [];
    for (const event of logOf(one.input.events.$from)) {
      // Sorted by stage name: RequestReceived comes first where it is there.
      if (!first.has(event.auditID) || event.stage === 'RequestReceived') first.set(event.auditID, event);
    }
    for (const event of logOf(one.input.events.$from)) {
      const attributes = attributesOfEvent(first.get(event.auditID)!);
      const decision = compiled.decide(attributes);
      expect(levelByDefinition(loaded.configuration, attributes, minor)).toEqual(decision);
      if (decision.level === 'None' || decision.omitStages.includes(event.stage)) continue;
      predicted.push(`${event.auditID} ${event.stage} ${decision.level}`);
    }
    const ignored = (line: string) => (one.ignoreEvents ?? []).some((event) => line.startsWith(`${event} `));
    const recorded = lines<{ auditID: string; stage: string; level: string }>(one.expect.events.$from).map(({ auditID, stage, level }) => `${auditID} ${stage} ${level}`);
    expect(predicted.filter((line) => !ignored(line)).sort()).toEqual(recorded.filter((line) => !ignored(line)).sort());
  });
});
