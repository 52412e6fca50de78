import type { RemedyFunction } from '../../remedy.ts';
import { defaultDeny } from '../default-deny-remedy.ts';

/** A policy `default-deny-ingress` with the rules that Services, webhooks and seen callers need. */
export const remedy: RemedyFunction = (finding, context) => defaultDeny(context, finding.subject.name, 'Ingress');
