import { compilePolicy } from '../audit/policy.ts';
import { loadAuditPolicy } from '../audit/policy-file.ts';
import { predictEvents } from '../audit/predict.ts';
import { isObject, listAt, stringAt } from '../cluster/json.ts';
import type { EvalEngine } from './engine.ts';

/** `bulwark eval audit-policy`: the log that a server with this policy would have written (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  const text = stringAt(input['policy']);
  if (text === undefined) return { error: { message: 'must be the text of a policy', path: 'input.policy' } };
  if (!Array.isArray(input['events'])) return { error: { message: 'must be a list of events', path: 'input.events' } };
  const loaded = loadAuditPolicy(text, { path: 'policy', minor });
  if (loaded.kind === 'refused') return { error: { message: loaded.reportMessage ?? loaded.message, path: 'input.policy' } };
  const events = listAt(input['events']).filter(isObject);
  return { result: { events: [...predictEvents(compilePolicy(loaded.configuration, minor), events)] } };
};
