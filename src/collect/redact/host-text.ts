import { redactText } from './text.ts';

/**
 * Blanks the secrets of a manifest or unit that a plan may edit: as `redactText`, and of a systemd unit all that it sets in its
 * environment, where a credential may stand under any name. Length and lines stay. Idempotent. Total.
 */
export function redactHostText(text: string): string {
  return redactText(text.includes('[Service]') && /^\s*\[Service\]\s*$/m.test(text) ? blankUnitEnvironment(text) : text);
}

function blankUnitEnvironment(text: string): string {
  return text.replace(
    /^([ \t]*Environment[ \t]*=)((?:[^\\\n]|\\[\s\S])*)/gm,
    (_, head: string, value: string) => head + value.replace(/[^\s"'\\=]/g, 'A'),
  );
}
