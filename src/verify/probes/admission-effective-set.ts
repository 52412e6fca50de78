import type { Json } from '../../cluster/json.ts';
import { stringsAt } from '../../cluster/json.ts';
import { canaryPod } from '../canary-pod.ts';
import { offer } from '../caller.ts';
import { samplesOf } from '../metrics.ts';
import { podsPath } from '../offered-template.ts';
import type { Probe } from '../probe.ts';
import { contradicted, proved } from '../probe.ts';
import { serverMetrics } from '../server-metrics.ts';
import type { World } from '../world.ts';

const metric = 'apiserver_admission_controller_admission_duration_seconds_count';
const policies = ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'];

/** After dry-run requests of several kinds each required plug-in has counted: it runs. */
export const probe: Probe = {
  control: 'admission-effective-set',
  needs: ['api'],
  run: async (world, result) => {
    await callPlugins(world);
    const names = new Set(samplesOf(await serverMetrics(world), metric).flatMap(({ labels }) => labels['name'] ?? []));
    const required = stringsAt(result.parameters['required'] as Json).filter(
      (name) => name !== 'MutatingAdmissionPolicy' || world.minor >= 32,
    );
    const missing = required.filter((name) => !names.has(name));
    const seen = required.filter((name) => names.has(name));
    // Off in 1.28 and 1.29 though compiled in: such a plug-in says of itself that it handles nothing.
    const silent = world.minor < 30 ? policies : [];
    const absent = missing.filter((name) => !silent.includes(name));
    const evidence = [{ source: `/metrics ${metric}`, seen: seen.join(', '), wanted: required.join(', ') }];
    if (absent.length > 0) return contradicted([{ message: `${absent.join(', ')}: not called by the running server`, evidence }]);
    const but = missing.length === 0 ? '' : ` (${missing.join(', ')} cannot be seen at work in this version)`;
    return proved(`the running server calls ${seen.length} required plug-ins${but}`, evidence);
  },
};

/** Requests that make every plug-in of the usual set count: a pod, a namespace that is gone, a certificate request. */
async function callPlugins(world: World): Promise<void> {
  const { self } = world.caller;
  const namespace = await world.canary.namespace();
  await offer(self, podsPath(namespace), canaryPod(world.canary.name('plugins')));
  await offer(self, `/api/v1/namespaces/${namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: world.canary.name('plugins') },
  });
  await offer(self, '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: world.canary.name('plugins') },
    spec: { request: certificateRequest(), signerName: 'bulwark.invalid/verify', usages: ['client auth'] },
  });
}

/** Any well-formed request: the server parses it, and as a dry-run nobody signs it. P-256, CN=bulwark-verify, made once. */
function certificateRequest(): string {
  const pem = [
    '-----BEGIN CERTIFICATE REQUEST-----',
    'MIHSMHsCAQAwGTEXMBUGA1UEAwwOYnVsd2Fyay12ZXJpZnkwWTATBgcqhkjOPQIB',
    'BggqhkjOPQMBBwNCAASgMShlXFHnefDO9UeHoki0+eGd6qdx9VA6jfKUH/noeyOs',
    'kyruF+QG4KXrudf2otMv1XYxip1kMBIV3KMboM3aoAAwCgYIKoZIzj0EAwIDRwAw',
    'RAIgNYk5W1F5MLlPYMUjUB4U/TP6cXkCoF5B3ZE78TR0ZuYCIH7tnBxbbhctYQtQ',
    'PIMkWjEh/+2cDzBzTfLmytVix+X5',
    '-----END CERTIFICATE REQUEST-----',
    '',
  ].join('\n');
  return Buffer.from(pem, 'utf8').toString('base64');
}
