/** DNS names in a certificate's subjectAltName, as Node writes them. */
export const dnsNames = (subjectaltname: string | undefined): string[] =>
  (subjectaltname ?? '').split(', ').flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []));
