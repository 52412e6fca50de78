/**
 * The prefix by which a stored value is told, as the server writes it: up to the colon after the key's or the KMS provider's name, else
 * `k8s\x00` for protobuf, `{` for JSON; empty for anything else.
 */
export function valuePrefix(value: Uint8Array): string {
  const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, 512)).toString('latin1');
  const encrypted = /^k8s:enc:(?:(?:aescbc|aesgcm|secretbox):v1|kms:v[12]):[^:]*:/.exec(head)?.[0];
  if (encrypted !== undefined) return encrypted;
  if (head.startsWith('k8s\0')) return 'k8s\\x00';
  return head.startsWith('{') ? '{' : '';
}
