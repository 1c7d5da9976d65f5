import { Image, Signer } from '../../lib';

/** Images and models of the example: nobody can pull them. */
export const agentImage = Image.pinned(
  'registry.example.com/agents/clerk@sha256:c40dc72b0228e5850d8b173ff861a48acfb4a15b37b2849cbb6584bbadbc7907',
);
export const serverImage = Image.pinned(
  'registry.example.com/servers/vllm@sha256:ec8207a3dde607f7867f8f5390915018488b877761306ffd4ef099f9b3ee16a1',
);
/** The pipeline that builds agents and servers. */
export const signer = Signer.keyless({
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/example/agents/.github/workflows/release.yaml@refs/heads/main',
});
const signing = Signer.key(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgkH/dEcGshaphax6Iu9hGU8nJGsO
eQ1cH7U35XwpwPb4V1TF/YBa2AEyutg/GqJ/O2iP6f5nJhazOsQXzCll4g==
-----END PUBLIC KEY-----
`);
export const reader = {
  artifact: Image.pinned(
    'registry.example.com/models/reader@sha256:3d0941964aa3ebdcb00ccef58b1bb399f9f898465e9886d5aec7f31090a0fb30',
  ),
  signer: signing,
};
export const summariser = {
  artifact: Image.pinned(
    'registry.example.com/models/summariser@sha256:768f9f84c67fe05856d19d9127023c331cf2db5281a7f8930f98a80ecc1e75ed',
  ),
  signer: signing,
  files: Signer.key(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5Ig/LNVIBPs+37S6zO0TVQ8uTC5X
gFiv+Z4VaYBPIv9fkjpS6dNoZZas26qcFJYuj5WkOgFEy3id/yQozf6HoA==
-----END PUBLIC KEY-----
`),
};
