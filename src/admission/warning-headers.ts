const mostCharacters = 4 * 1024;
const mostCharactersOfOne = 256;

/**
 * Gives warnings as a client gets them in the `Warning` headers: each text once; when all together are longer than 4,096 characters,
 * each is cut to its first 256, and once the cut ones reach the limit the rest is left out. A text with control characters is never sent.
 * Source: k8s.io/apiserver/pkg/endpoints/filters/warning.go.
 */
export function warningHeaders(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings)].filter((text) => text !== '');
  const sendable = (text: string) => !/\p{Cc}/u.test(text);
  const total = distinct.filter(sendable).reduce((sum, text) => sum + Array.from(text).length, 0);
  if (total <= mostCharacters) return distinct.filter(sendable);
  const sent: string[] = [];
  let written = 0;
  for (const text of distinct) {
    if (written >= mostCharacters) break;
    if (!sendable(text)) continue;
    const characters = Array.from(text).slice(0, mostCharactersOfOne);
    written += characters.length;
    sent.push(characters.join(''));
  }
  return sent;
}
