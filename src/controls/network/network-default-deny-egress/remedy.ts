import type { RemedyFunction } from '../../remedy.ts';
import { defaultDeny } from '../default-deny-remedy.ts';

/** A policy `default-deny-egress` whose only rule is DNS, with rules for the API server and for Services that workloads name. */
export const remedy: RemedyFunction = (finding, context) => defaultDeny(context, finding.subject.name, 'Egress');
