/** Blanking of secrets: everything that enters a Cluster goes through here first, so that nothing downstream ever holds one. */
export { blankPrivateKeys } from './redact/blank.ts';
export { blankWords } from './redact/command-words.ts';
export { redactHostText } from './redact/host-text.ts';
export { redactDocument, redactObject } from './redact/object.ts';
export { isSecretName } from '../cluster/secret-names.ts';
export { redactText, tokenFileFacts } from './redact/text.ts';
