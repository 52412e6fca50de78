/** How an authorizer asks a webhook. Durations are nanoseconds. */
export interface AuthorizerWebhook {
  /** 5 minutes where the file names none. */
  readonly authorizedTTL: bigint;
  /** 30 seconds where the file names none. */
  readonly unauthorizedTTL: bigint;
  readonly timeout: bigint;
  readonly subjectAccessReviewVersion: string;
  readonly matchConditionSubjectAccessReviewVersion: string;
  readonly failurePolicy: string;
  readonly connectionInfo: { readonly type: string; readonly kubeConfigFile: string | null };
  readonly matchConditions: readonly { readonly expression: string }[];
}

/** One authorizer of the chain. */
export interface Authorizer {
  readonly type: string;
  readonly name: string;
  readonly webhook: AuthorizerWebhook | null;
}

/** The chain of authorizers, asked in this order. */
export interface AuthorizationConfiguration {
  readonly authorizers: readonly Authorizer[];
}
