import { createDecipheriv } from 'node:crypto';
import type { JsonObject } from '../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';
import type { DataKeyAnswer, DataKeyRequest, KmsPlugin, KmsPlugins } from '../encryption/providers/kms-plugin.ts';

/**
 * The KMS plug-ins that a line describes (`kms`, shapes: docs/eval.md): AES-256-GCM as nonce, ciphertext, tag, with the key id in the
 * authenticated data. `null` in place of a plug-in: nothing listens.
 */
export function kmsPlugins(input: JsonObject): KmsPlugins {
  const plugins = new Map<string, KmsPlugin>();
  for (const [name, description] of Object.entries(objectAt(input['kms']))) {
    if (description === null)
      plugins.set(name, { running: false, currentKeyID: undefined, decrypt: () => ({ kind: 'not-asked' }) });
    else if (isObject(description)) plugins.set(name, pluginOf(description));
  }
  return plugins;
}

function pluginOf(description: JsonObject): KmsPlugin {
  const keys = objectAt(description['keyEncryptionKeys']);
  const currentKeyID = stringAt(description['currentKeyID']);
  const decryptError = stringAt(description['decryptError']);
  return {
    running: true,
    currentKeyID,
    decrypt(request) {
      if (decryptError !== undefined) return { kind: 'error', message: decryptError };
      const keyID = request.version === 'v1' ? (currentKeyID ?? '') : request.keyID;
      const key = Object.hasOwn(keys, keyID) ? stringAt(keys[keyID]) : undefined;
      if (key === undefined) return { kind: 'error', message: `rpc error: code = Unknown desc = unknown key id ${keyID}` };
      return unwrap(request, Buffer.from(key, 'base64'), request.version === 'v1' ? 'kms-v1' : `kms-v2:${keyID}`);
    },
  };
}

function unwrap({ ciphertext }: DataKeyRequest, key: Uint8Array, authenticatedData: string): DataKeyAnswer {
  const refused: DataKeyAnswer = {
    kind: 'error',
    message: 'rpc error: code = Unknown desc = Unsupported state or unable to authenticate data',
  };
  if (key.byteLength !== 32 || ciphertext.byteLength < 28) return refused;
  const end = ciphertext.byteLength - 16;
  const opening = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, 12), { authTagLength: 16 });
  opening.setAAD(Buffer.from(authenticatedData)).setAuthTag(ciphertext.subarray(end));
  try {
    return { kind: 'key', key: Buffer.concat([opening.update(ciphertext.subarray(12, end)), opening.final()]) };
  } catch {
    return refused;
  }
}
