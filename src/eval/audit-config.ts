import { loadAuditPolicy, unreadablePolicyFile } from '../audit/policy-file.ts';
import { stringAt } from '../cluster/json.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';
import { fileText } from './server-flags.ts';

/** `bulwark eval audit-config`: does a server start with this audit policy, and what does it say (shapes: docs/eval.md)? */
export const answer: EvalEngine = (input, minor) => {
  const path = stringAt(input['policyPath']) ?? '';
  const file = fileText(input, 'policy');
  if (file === 'missing') return refused(unreadablePolicyFile(path, `open ${path}: no such file or directory`));
  if (file === 'directory') return refused(unreadablePolicyFile(path, `read ${path}: is a directory`));
  const loaded = loadAuditPolicy(file.text, { path, minor });
  return loaded.kind === 'refused' ? refused(loaded.message) : { result: { accepted: true } };
};

function refused(message: string): EvalAnswer {
  return { result: { accepted: false, message } };
}
