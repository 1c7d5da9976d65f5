import type { Threat } from './threat';

/** What runs is not what was agreed on. */
export const SUPPLY_CHAIN_THREATS: readonly Threat[] = [
  {
    id: 'moved-tag',
    title: 'A tag is moved after the review',
    attack: 'Somebody with push rights points the tag of a reviewed image to another one; the next pod runs it.',
    objects: ['Deployment E/<agent> spec.template.spec.containers[].image', 'any object with a pod template'],
    rules: ['images-are-pinned'],
    refusal:
      'ImageValidatingPolicy E-images-* (verifyDigest); ValidatingAdmissionPolicy E-agent-pods and E-control-pods (exact image)',
  },
  {
    id: 'unsigned-image',
    title: 'An image that the declared signer did not sign',
    attack: 'A pod of an agent is created with an image that nobody signed, or that somebody else signed.',
    objects: ['Pod E/* spec.containers[].image', 'ImageValidatingPolicy E-images-*'],
    rules: ['agent-images-are-verified'],
    refusal: 'ImageValidatingPolicy E-images',
  },
  {
    id: 'unsigned-model',
    title: 'A model that nobody signed or listed',
    attack:
      'A model is mounted as image volume, which common signature policies do not look at, by tag or from anywhere.',
    objects: ['Pod E/* spec.volumes[].image.reference', 'ConfigMap E-control/models'],
    rules: ['agent-images-are-verified', 'models-are-one-list', 'images-are-pinned'],
    refusal: 'ImageValidatingPolicy (extractor modelVolumes); ValidatingAdmissionPolicy E-models',
  },
  {
    id: 'model-swapped',
    title: "Another model is served in place of one's own",
    attack:
      'A pod of a model is created with another artefact of the same signer, with a folder in its place, with other arguments that load a model from elsewhere, or without the verification of its files.',
    objects: ['Pod E-models/* spec', 'Deployment E-models/<model>', 'ConfigMap E-models/<model>-signer-*'],
    rules: ['model-pods-are-exact', 'models-are-one-list', 'agent-images-are-verified'],
    refusal: 'ValidatingAdmissionPolicy E-model-pods, E-models; ImageValidatingPolicy E-images',
  },
  {
    id: 'model-past-the-gateway',
    title: 'A model is asked past the gateway, or tells what it read',
    attack:
      'An agent finds the pods of a model and asks them itself; or a server, hijacked by what it loads, sends prompts somewhere.',
    objects: ['NetworkPolicy E-models/*', 'ConfigMap E-models/<model>-sidecar-* envoy.yaml'],
    rules: ['models-answer-the-gateway-alone', 'callers-show-certificates', 'data-plane-is-as-declared'],
    refusal: 'the network: no egress, ingress from the gateway; mutual TLS for the gateway alone',
  },
  {
    id: 'signer-weakened',
    title: 'A signer is loosened in the cluster',
    attack:
      'An attestor of the signature policy loses its identity, its log or its chain, one more is added, or an attestation is no longer asked for.',
    objects: ['ImageValidatingPolicy E-images spec.attestors', 'ImageValidatingPolicy E-images spec.attestations'],
    rules: ['signature-check-is-guarded', 'agent-images-are-verified'],
    refusal: 'ValidatingAdmissionPolicy E-signed-images',
  },
  {
    id: 'model-on-the-wire',
    title: 'A call to a model that is not on the list',
    attack: 'An agent asks a hosted model by another name, or two lists have drifted apart and the wider one counts.',
    objects: ['ConfigMap E-control/models', 'ConfigMap E-control/governor-* governor.json models'],
    rules: ['models-are-one-list', 'governor-knows-the-declaration', 'policies-permit-the-declared'],
    refusal: 'the governor, from the same list',
  },
  {
    id: 'signature-check-down',
    title: 'Pods are created while Kyverno is stopped or weakened',
    attack:
      'Kyverno is scaled to zero, crashes, is told to ignore failures or to leave the namespace out: its webhooks are gone or pass everything.',
    objects: [
      'ValidatingWebhookConfiguration kyverno-resource-validating-webhook-cfg',
      'ImageValidatingPolicy E-images-*',
    ],
    rules: ['signature-check-is-guarded', 'admission-fails-closed'],
    refusal: 'ValidatingAdmissionPolicy E-signature-check, E-signed-*',
  },
  {
    id: 'policy-exception',
    title: 'A PolicyException takes an image out of the check',
    attack:
      'An exception is created in another namespace, by name or by wildcard, where no review of the environment looks.',
    objects: ['PolicyException */*'],
    rules: ['nobody-is-excepted'],
    refusal: 'ValidatingAdmissionPolicy E-no-policy-exceptions',
  },
  {
    id: 'image-swapped-on-update',
    title: 'The image of a running pod is changed',
    attack: 'A pod is admitted with a good image and patched to another one; signatures are checked at creation only.',
    objects: ['Pod E*/* spec.containers[].image on UPDATE'],
    rules: ['pods-stay-unchanged'],
    refusal: 'ValidatingAdmissionPolicy E-images-unchanged',
  },
  {
    id: 'control-plane-image',
    title: 'A part of the control plane is replaced',
    attack: 'The governor or the gateway is started from another image, or a container is put beside it.',
    objects: ['Pod E-control/* spec.containers[].image'],
    rules: ['control-pods-are-exact', 'images-are-pinned', 'example-images-are-marked'],
    refusal: 'ValidatingAdmissionPolicy E-control-pods',
  },
  {
    id: 'control-plane-restarted-otherwise',
    title: 'A part of the control plane is started with other instructions',
    attack:
      'Whoever may create pods beside the control plane starts the governor, digest and account as they should be, with a configuration, an argument, a variable or a Secret of their own; or a webhook adds a container to it.',
    objects: ['Pod E-control/* spec.volumes[]', 'Pod E-control/* spec.containers[].args, env, volumeMounts'],
    rules: ['control-pods-are-exact', 'containers-start-as-declared'],
    refusal: 'ValidatingAdmissionPolicy E-control-pods (each field, and none beside)',
  },
  {
    id: 'same-image-other-program',
    title: 'A good image is started as something else',
    attack:
      'The digest is right and the arguments are not: Envoy with a configuration on its command line serves its own key; an agent image has a shell.',
    objects: ['Pod E/* spec.initContainers[0].args', 'Pod E*/* spec.containers[].command'],
    rules: ['containers-start-as-declared'],
    refusal: 'ValidatingAdmissionPolicy E-agent-pods (command, arguments, hooks)',
  },
];
