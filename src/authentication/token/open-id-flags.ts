/** The prefix of user names that `--oidc-username-prefix` and its absence mean. Source: K:pkg/kubeapiserver/options/authentication.go. */
export function usernamePrefix(prefix: string, claim: string, url: string): string {
  if (prefix === '-') return '';
  return prefix === '' && claim !== 'email' ? `${url}#` : prefix;
}

/** The rules that `--oidc-required-claim=NAME=VALUE` means. */
export function requiredClaims(items: readonly string[]): { claim: string; requiredValue: string }[] {
  return items.flatMap((item) => {
    const equals = item.indexOf('=');
    return equals < 0 ? [] : [{ claim: item.slice(0, equals), requiredValue: item.slice(equals + 1) }];
  });
}
