import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { LedgerConfig } from '../../contract/ledger';

/** Attributes of whoever tells, by the semantic conventions 1.41.0. */
const RESOURCE = {
  environment: 'deployment.environment.name',
  service: 'service.name',
  instance: 'service.instance.id',
} as const;

/** Who tells the collector. @param instance which replica of the service this is */
export const resourceOf = (
  { service, environment }: Pick<LedgerConfig['telemetry'], 'service' | 'environment'>,
  instance: string,
): Resource =>
  resourceFromAttributes({
    [RESOURCE.service]: service,
    [RESOURCE.environment]: environment,
    [RESOURCE.instance]: instance,
  });
