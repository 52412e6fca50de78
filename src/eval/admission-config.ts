import { loadAdmissionConfiguration } from '../admission/configuration.ts';
import { goQuote } from '../cluster/go-quote.ts';
import { stringAt } from '../cluster/json.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';
import { fileText, serverFlags } from './server-flags.ts';

/** `bulwark eval admission-config`: does a server start with this AdmissionConfiguration? (shapes: docs/eval.md) */
export const answer: EvalEngine = (input, minor) => {
  const { flags } = serverFlags(input, minor);
  const [startError] = flags.errors;
  if (startError !== undefined) return refused(startError.message);
  const path = flags.get('admission-control-config-file').value || (stringAt(input['configPath']) ?? '');
  const file = fileText(input, 'config');
  if (file === 'missing' || file === 'directory') {
    const problem = file === 'missing' ? `open ${path}: no such file or directory` : `read ${path}: is a directory`;
    return refused(
      `failed to apply admission: failed to read plugin config: unable to read admission control configuration from ${goQuote(path)} [${problem}]`,
    );
  }
  const disabled = flags.get('disable-admission-plugins').values;
  const runs = (plugin: string): boolean => !disabled.includes(plugin);
  const loaded = loadAdmissionConfiguration(file.text, { path, minor, runs });
  if (loaded.kind === 'refused') return refused(loaded.message);
  // The server opens that file too, and ends where it cannot.
  const unseen = loaded.configuration.plugins.find(
    (plugin) => runs(plugin.name) && plugin.configuration === null && plugin.path !== '',
  );
  if (unseen !== undefined)
    return { unknown: `the configuration of ${unseen.name} is in the file ${unseen.path}, which is not given` };
  return { result: { accepted: true } };
};

function refused(message: string): EvalAnswer {
  return { result: { accepted: false, message } };
}
