/** Replaces every character but white space and the dot of a bootstrap token by `x`: same length, same lines, still a plain scalar. */
export function blankText(value: string): string {
  return value.replace(/[^\s.]/g, 'x');
}

/**
 * Replaces Base64 by zeros of the same length, so that a check of its form and of the key's length answers as before: padding and
 * line breaks stay, a character outside the alphabet becomes another outside it.
 */
export function blankBase64(value: string): string {
  return value.replace(/[^\s=]/g, (sign) => (/[A-Za-z0-9+/]/.test(sign) ? 'A' : '-'));
}

/** As `blank`, inside a double-quoted scalar: an escape stays one escape, so that the value keeps its length. */
export function blankEscaped(value: string, blank: (value: string) => string): string {
  return value.replace(/\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|\r?\n|[\s\S])|[^\\]+/g, (part) => {
    if (!part.startsWith('\\')) return blank(part);
    if (/^\\[uUx]/.test(part)) return part.slice(0, 2) + '41'.padStart(part.length - 2, '0');
    return part;
  });
}

const privateKey = /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)([\s\S]*?)(-----END [A-Z0-9 ]*PRIVATE KEY|$(?![\s\S]))/g;

/** Blanks the body of every PEM private key, in Base64 too (as in kubeconfigs and Secrets); length and lines stay. */
export function blankPrivateKeys(text: string): string {
  let result = text;
  if (result.includes('PRIVATE KEY')) {
    result = result.replace(privateKey, (_, begin: string, body: string, end: string) => {
      return begin + body.replace(/\\[nrt]|[A-Za-z0-9+/]/g, (part) => (part.startsWith('\\') ? part : 'A')) + end;
    });
  }
  if (!result.includes('LS0tLS1CRUdJTi')) return result;
  return result.replace(/LS0tLS1CRUdJTi[A-Za-z0-9+/]*={0,2}/g, (encoded) =>
    isPrivateKey(encoded) ? blankBase64(encoded) : encoded,
  );
}

function isPrivateKey(encoded: string): boolean {
  return /PRIVATE KEY/.test(Buffer.from(encoded, 'base64').toString('latin1'));
}
