import { isPlainlyPublic, isSecretName } from '../../cluster/secret-names.ts';

/** Flags of Kubernetes and etcd whose names sound like a secret and whose values the controls read. */
const publicFlags = new Set([
  'auth-token',
  'initial-cluster-token',
  'authentication-token-webhook-version',
  'token-ttl',
  'use-service-account-credentials',
]);

/** `user:password@` in a URL; the user's name may itself be a token. */
const urlCredentials = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/?#@"'`<>]+)@/gi;

type Blank = (value: string) => string;

/** Blanks what stands before the `@` of URLs. `mysql://user:pw@tcp(host)` and several hosts in a row are covered. */
export function blankUrls(text: string, blank: Blank): string {
  if (!text.includes('@')) return text;
  return text.replace(urlCredentials, (whole, scheme: string, credentials: string) => {
    const colon = credentials.indexOf(':');
    if (colon < 0) return credentials.length < 20 ? whole : `${scheme}${blank(credentials)}@`;
    return `${scheme}${credentials.slice(0, colon + 1)}${blank(credentials.slice(colon + 1))}@`;
  });
}

/** Blanks the values of secret flags and variables inside one text: `--password=…`, `--token …`, `PGPASSWORD=…`, `Authorization: Bearer …`. */
export function blankInline(text: string, blank: Blank): string {
  const urls = blankUrls(text, blank);
  const flags = urls.replace(
    /(^|[\s"'`([{,;])(--?[A-Za-z][\w.-]*)(=|[ \t]+)("[^"\n]*"?|'[^'\n]*'?|[^\s"'`,;)\]}]+)/g,
    (whole, before: string, flag: string, sign: string, value: string) =>
      mustBlank(flag, value, sign) ? `${before}${flag}${sign}${blankQuoted(value, blank)}` : whole,
  );
  const variables = blankVariables(flags, blank);
  return variables.replace(
    /\b((?:Bearer|Basic)[ \t]+)([A-Za-z0-9+/=._~-]{8,})/g,
    (_, scheme: string, value: string) => `${scheme}${blank(value)}`,
  );
}

/** `NAME=value`, also as the value of another (`Environment=K3S_TOKEN=…` in a unit). */
function blankVariables(text: string, blank: Blank): string {
  if (!text.includes('=')) return text;
  return text.replace(
    /(^|[\s"'`;])([A-Za-z_][\w.-]*)=("[^"\n]*"?|'[^'\n]*'?|[^\s"'`;]+)/g,
    (_, before: string, name: string, value: string) => {
      const shown = mustBlank(name, value, '=') ? blankQuoted(value, blank) : blankVariables(value, blank);
      return `${before}${name}=${shown}`;
    },
  );
}

/**
 * Blanks secrets in the words of a command line, `--flag value` in two words too. The number of words stays.
 *
 * Returns the same list where there was nothing to blank.
 */
export function blankWords(words: readonly string[], blank: Blank): readonly string[] {
  let former = '';
  const result = words.map((word) => {
    const two = /^--?[A-Za-z][\w.-]*$/.test(former) && !word.startsWith('-') && mustBlank(former, word, ' ');
    const single = /^(-{0,2}[A-Za-z][\w.-]*)=(.*)$/s.exec(word);
    former = word;
    if (two) return blank(word);
    if (single !== null && mustBlank(single[1] ?? '', single[2] ?? '', '=')) return `${single[1]}=${blank(single[2] ?? '')}`;
    return blankInline(word, blank);
  });
  return result.every((word, index) => word === words[index]) ? words : result;
}

function mustBlank(flag: string, quoted: string, sign: string): boolean {
  const name = flag.replace(/^-+/, '');
  const value = quoted.replace(/^["']|["']$/g, '');
  if (publicFlags.has(name) || isPlainlyPublic(value) || (sign !== '=' && value.startsWith('-'))) return false;
  if (/^-?\d+(?:\.\d+)?(?:ms|s|m|h|d)?$/.test(value) && /ttl|timeout|expiration|sync|duration|port/i.test(name)) return false;
  return isSecretName(name) || /(?:^|-)secret$/.test(name);
}

function blankQuoted(value: string, blank: Blank): string {
  const quote = /^["']/.exec(value)?.[0];
  if (quote === undefined) return blank(value);
  const closed = value.length > 1 && value.endsWith(quote);
  return quote + blank(value.slice(1, closed ? -1 : undefined)) + (closed ? quote : '');
}
