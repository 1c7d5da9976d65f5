import { CATCH_ALL, KNOWN } from '../foundation/catch-all';
import type { Data } from './values';

/** The foundation's catch-all as a cluster has it that knows one environment. */
export const catchAllOf = (environment: string): Data => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: CATCH_ALL },
  spec: {
    failurePolicy: 'Fail',
    variables: [{ name: KNOWN, expression: `['${environment}']` }],
    validations: [{ expression: 'true' }],
  },
});
