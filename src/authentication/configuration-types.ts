/** A claim or a CEL expression; with `prefix` for claims that become user or group names. */
export interface ClaimOrExpression {
  readonly claim: string;
  readonly expression: string;
  /** `null`: not given. */
  readonly prefix?: string | null;
}

/** One entry of `jwt`; members that a version does not know are absent or empty. */
export interface JwtAuthenticator {
  readonly issuer: {
    readonly url: string;
    readonly discoveryURL?: string | null;
    readonly certificateAuthority: string;
    readonly audiences: readonly string[];
    readonly audienceMatchPolicy?: string;
    readonly egressSelectorType?: string;
  };
  readonly claimValidationRules: readonly {
    readonly claim: string;
    readonly requiredValue: string;
    readonly expression: string;
    readonly message: string;
  }[];
  readonly claimMappings: {
    readonly username: ClaimOrExpression;
    readonly groups: ClaimOrExpression;
    readonly uid: ClaimOrExpression;
    readonly extra: readonly { readonly key: string; readonly valueExpression: string }[];
  };
  readonly userValidationRules: readonly { readonly expression: string; readonly message: string }[];
}

/** The section `anonymous`: without conditions every path, else exactly these paths. */
export interface AnonymousConfiguration {
  readonly enabled: boolean;
  readonly conditions: readonly { readonly path: string }[];
}

export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtAuthenticator[];
  readonly anonymous?: AnonymousConfiguration;
}
