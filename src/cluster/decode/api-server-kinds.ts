import type { GoType, StructType } from './schema.ts';
import { goBool, goDuration, goInt32, goRaw, goString, kindStruct, namedString, pointerTo, sliceOf, struct } from './schema.ts';

/** Versions of the API server's own configuration kinds; they are the package names in messages. */
export type KindsVersion = 'v1alpha1' | 'v1beta1' | 'v1';

/** EncryptionConfiguration, only in v1. */
const encryptionConfigurationType: StructType = (() => {
  const key = struct('v1.Key', { name: goString, secret: goString });
  const aes = pointerTo(struct('v1.AESConfiguration', { keys: sliceOf(key) }));
  const provider = struct('v1.ProviderConfiguration', {
    aesgcm: aes,
    aescbc: aes,
    secretbox: pointerTo(struct('v1.SecretboxConfiguration', { keys: sliceOf(key) })),
    identity: pointerTo(struct('v1.IdentityConfiguration', {})),
    kms: pointerTo(
      struct('v1.KMSConfiguration', {
        apiVersion: goString,
        name: goString,
        cachesize: pointerTo(goInt32),
        endpoint: goString,
        timeout: pointerTo(goDuration),
      }),
    ),
  });
  const resource = struct('v1.ResourceConfiguration', { resources: sliceOf(goString), providers: sliceOf(provider) });
  return kindStruct('v1.EncryptionConfiguration', { resources: sliceOf(resource) });
})();

/** AdmissionConfiguration; the nested configuration of a plug-in is any object. */
function admissionConfigurationType(version: KindsVersion): StructType {
  const plugin = struct(`${version}.AdmissionPluginConfiguration`, {
    name: goString,
    path: goString,
    configuration: pointerTo(goRaw),
  });
  return kindStruct(`${version}.AdmissionConfiguration`, { plugins: sliceOf(plugin) });
}

/** AuthenticationConfiguration as of a minor: the section `anonymous` since 1.31, `discoveryURL` since 1.30, `egressSelectorType` since 1.34. */
function authenticationConfigurationType(version: KindsVersion, minor: number): StructType {
  const issuer = struct(`${version}.Issuer`, {
    url: goString,
    ...(minor >= 30 ? { discoveryURL: pointerTo(goString) } : {}),
    certificateAuthority: goString,
    audiences: sliceOf(goString),
    ...(minor >= 30 ? { audienceMatchPolicy: namedString(`${version}.AudienceMatchPolicyType`) } : {}),
    ...(minor >= 34 ? { egressSelectorType: namedString(`${version}.EgressSelectorType`) } : {}),
  });
  const prefixed = struct(`${version}.PrefixedClaimOrExpression`, {
    claim: goString,
    prefix: pointerTo(goString),
    expression: goString,
  });
  const mappings = struct(`${version}.ClaimMappings`, {
    username: prefixed,
    groups: prefixed,
    uid: struct(`${version}.ClaimOrExpression`, { claim: goString, expression: goString }),
    extra: sliceOf(struct(`${version}.ExtraMapping`, { key: goString, valueExpression: goString })),
  });
  const rule = struct(`${version}.ClaimValidationRule`, {
    claim: goString,
    requiredValue: goString,
    expression: goString,
    message: goString,
  });
  const jwt = struct(`${version}.JWTAuthenticator`, {
    issuer,
    claimValidationRules: sliceOf(rule),
    claimMappings: mappings,
    userValidationRules: sliceOf(struct(`${version}.UserValidationRule`, { expression: goString, message: goString })),
  });
  const condition = struct(`${version}.AnonymousAuthCondition`, { path: goString });
  const anonymous = pointerTo(struct(`${version}.AnonymousAuthConfig`, { enabled: goBool, conditions: sliceOf(condition) }));
  return kindStruct(`${version}.AuthenticationConfiguration`, { jwt: sliceOf(jwt), ...(minor >= 31 ? { anonymous } : {}) });
}

/** AuthorizationConfiguration as of a minor: the two switches of the caches since 1.34. */
function authorizationConfigurationType(version: KindsVersion, minor: number): StructType {
  const caches: Readonly<Record<string, GoType>> =
    minor >= 34 ? { cacheAuthorizedRequests: pointerTo(goBool), cacheUnauthorizedRequests: pointerTo(goBool) } : {};
  const webhook = struct(`${version}.WebhookConfiguration`, {
    authorizedTTL: goDuration,
    unauthorizedTTL: goDuration,
    ...caches,
    timeout: goDuration,
    subjectAccessReviewVersion: goString,
    matchConditionSubjectAccessReviewVersion: goString,
    failurePolicy: goString,
    connectionInfo: struct(`${version}.WebhookConnectionInfo`, { type: goString, kubeConfigFile: pointerTo(goString) }),
    matchConditions: sliceOf(struct(`${version}.WebhookMatchCondition`, { expression: goString })),
  });
  const authorizer = struct(`${version}.AuthorizerConfiguration`, {
    type: goString,
    name: goString,
    webhook: pointerTo(webhook),
  });
  return kindStruct(`${version}.AuthorizationConfiguration`, { authorizers: sliceOf(authorizer) });
}

function tracingConfigurationType(version: KindsVersion): StructType {
  return kindStruct(`${version}.TracingConfiguration`, {
    endpoint: pointerTo(goString),
    samplingRatePerMillion: pointerTo(goInt32),
  });
}

function egressSelectorConfigurationType(version: KindsVersion): StructType {
  const tls = struct(`${version}.TLSConfig`, {
    caBundle: goString,
    clientKey: goString,
    clientCert: goString,
    tlsServerName: goString,
  });
  const transport = struct(`${version}.Transport`, {
    tcp: pointerTo(struct(`${version}.TCPTransport`, { url: goString, tlsConfig: pointerTo(tls) })),
    uds: pointerTo(struct(`${version}.UDSTransport`, { udsName: goString })),
  });
  const connection = struct(`${version}.Connection`, {
    proxyProtocol: namedString(`${version}.ProtocolType`),
    transport: pointerTo(transport),
  });
  const selection = struct(`${version}.EgressSelection`, { name: goString, connection });
  return kindStruct(`${version}.EgressSelectorConfiguration`, { egressSelections: sliceOf(selection) });
}

type Table = Readonly<Record<string, StructType>>;

function oldGroupKinds(version: 'v1alpha1' | 'v1beta1'): Table {
  return {
    ...(version === 'v1alpha1'
      ? { [`apiserver.k8s.io/${version} AdmissionConfiguration`]: admissionConfigurationType(version) }
      : {}),
    [`apiserver.k8s.io/${version} EgressSelectorConfiguration`]: egressSelectorConfigurationType(version),
  };
}

function configGroupKinds(version: KindsVersion, minor: number): Table {
  const kinds: Record<string, StructType> = {};
  const since = (first: number, type: StructType): void => {
    if (minor >= first) kinds[`apiserver.config.k8s.io/${version} ${type.name.slice(version.length + 1)}`] = type;
  };
  since({ v1alpha1: 29, v1beta1: 30, v1: 34 }[version], authenticationConfigurationType(version, minor));
  since({ v1alpha1: 29, v1beta1: 30, v1: 32 }[version], authorizationConfigurationType(version, minor));
  since({ v1alpha1: 28, v1beta1: 28, v1: 34 }[version], tracingConfigurationType(version));
  if (version === 'v1') {
    since(28, admissionConfigurationType(version));
    since(30, encryptionConfigurationType);
    if (minor >= 30) kinds['v1 EncryptionConfig'] = encryptionConfigurationType;
  }
  return kinds;
}

/**
 * The configuration kinds of k8s.io/apiserver that a server of `minor` knows, of the given versions
 * (pkg/apis/apiserver/…/register.go of each release). Before 1.30 EncryptionConfiguration had a package of its own.
 */
export function apiServerKinds(minor: number, versions: readonly KindsVersion[]): ReadonlyMap<string, StructType> {
  const kinds = new Map<string, StructType>();
  for (const version of versions) {
    const tables =
      version === 'v1' ? [configGroupKinds(version, minor)] : [oldGroupKinds(version), configGroupKinds(version, minor)];
    for (const table of tables) for (const [key, type] of Object.entries(table)) kinds.set(key, type);
  }
  return kinds;
}

/** The kinds that the loader of EncryptionConfiguration knows. */
export function encryptionKinds(minor: number): ReadonlyMap<string, StructType> {
  if (minor >= 30) return apiServerKinds(minor, ['v1']);
  return new Map([
    ['apiserver.config.k8s.io/v1 EncryptionConfiguration', encryptionConfigurationType],
    ['v1 EncryptionConfig', encryptionConfigurationType],
  ]);
}
