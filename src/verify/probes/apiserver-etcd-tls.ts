import { probeEtcdExposure } from '../etcd-exposure.ts';
import type { Probe } from '../probe.ts';

/** The etcd of this API server answers its certificate, and nobody without one. */
export const probe: Probe = { control: 'apiserver-etcd-tls', needs: ['etcd'], run: (world) => probeEtcdExposure(world) };
