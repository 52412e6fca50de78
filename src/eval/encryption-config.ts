import { booleanOf } from '../cluster/flags.ts';
import {
  loadEncryptionConfiguration,
  storedPrefix,
  unreadableConfiguration,
  writeProvider,
} from '../encryption/configuration.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';
import { fileText, serverFlags } from './server-flags.ts';

/** `bulwark eval encryption-config`: does a server start with this EncryptionConfiguration, and how does it store Secrets? (shapes: docs/eval.md) */
export const answer: EvalEngine = (input, minor) => {
  const { flags, gates } = serverFlags(input, minor);
  const [startError] = flags.errors;
  if (startError !== undefined) return refused(startError.message);
  const path = flags.get('encryption-provider-config').value;
  const automaticReload = booleanOf(flags.get('encryption-provider-config-automatic-reload')) ?? false;
  if (path === '') {
    if (!automaticReload) return { result: { accepted: true, secretsPrefix: 'plaintext' } };
    return refused('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config');
  }
  const file = fileText(input, 'config');
  if (file === 'missing') return refused(unreadableConfiguration(path, 'no such file or directory', minor, false));
  if (file === 'directory') return refused(unreadableConfiguration(path, 'is a directory', minor, true));
  const loaded = loadEncryptionConfiguration(file.text, { path, minor, gates, automaticReload });
  if (loaded.kind === 'refused') return refused(loaded.message);
  return { result: { accepted: true, secretsPrefix: storedPrefix(writeProvider(loaded.configuration, 'secrets')) } };
};

function refused(message: string): EvalAnswer {
  return { result: { accepted: false, message } };
}
