import { checkExpressions } from '../authentication/cel/check-configuration.ts';
import { loadAuthenticationConfiguration } from '../authentication/configuration.ts';
import { goQuote } from '../cluster/go-quote.ts';
import { stringAt } from '../cluster/json.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';
import { fileText, serverFlags } from './server-flags.ts';

/**
 * `bulwark eval authentication-config`: does a server start with this AuthenticationConfiguration? `unknown` where a CEL
 * expression does not compile, or goes beyond what is answered for (shapes: docs/eval.md).
 */
export const answer: EvalEngine = (input, minor) => {
  const { flags, gates } = serverFlags(input, minor);
  const [startError] = flags.errors;
  if (startError !== undefined) return refused(startError.message);
  const path = flags.get('authentication-config').value || (stringAt(input['configPath']) ?? '');
  const file = fileText(input, 'config');
  if (file === 'missing' || file === 'directory') {
    const problem = file === 'missing' ? `open ${path}: no such file or directory` : `read ${path}: is a directory`;
    return refused(minor >= 34 ? `failed to load authentication configuration from file ${goQuote(path)}: ${problem}` : problem);
  }
  const loaded = loadAuthenticationConfiguration(file.text, {
    path,
    minor,
    gates,
    serviceAccountIssuers: flags.get('service-account-issuer').values,
  });
  if (loaded.kind === 'refused') return refused(loaded.message);
  const checked = checkExpressions(loaded.configuration);
  if (checked.kind === 'unknown') return { unknown: checked.why };
  return checked.kind === 'refused' ? refused(checked.message) : { result: { accepted: true } };
};

function refused(message: string): EvalAnswer {
  return { result: { accepted: false, message } };
}
