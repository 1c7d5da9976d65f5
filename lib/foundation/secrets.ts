import type { FoundationDeclaration } from '../declaration/foundation';
import type { RequiredSecret } from '../identity/secrets';
import { SYSTEM_NAMESPACE } from '../names';
import { FALCO_TLS, WARDEN_CAS } from './relay';

/** Every key of a Secret that somebody must create before Falco can tell a warden anything. */
export const foundationSecrets = ({ environments }: FoundationDeclaration): RequiredSecret[] => {
  const of = (secret: string, key: string, purpose: string): RequiredSecret => ({
    namespace: SYSTEM_NAMESPACE,
    secret,
    key,
    purpose,
  });
  return [
    of(FALCO_TLS, 'tls.crt', 'client certificate that Falco shows to every warden'),
    of(FALCO_TLS, 'tls.key', 'its key'),
    ...Object.keys(environments)
      .sort()
      .map((name) =>
        of(WARDEN_CAS, `${name}.crt`, `CA certificate of ${name}, as its ConfigMap ca-bundle publishes it`),
      ),
  ];
};
