import { Construct } from 'constructs';
import { AskedPolicy } from '../admission/asks';
import { celString, inNamespace, MutatingPolicy, podRule } from '../admission/policy';
import type { Context } from '../context';

/**
 * Agents have no DNS: the gateway's address stands in the pod's hostAliases. Where the platform can, admission writes
 * it from the gateway's Service; everywhere, admission refuses any other alias, and every agent pod while the Service
 * is not there. The certificate behind the address is checked by name.
 */
export class GatewayAddress extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { names, platform } = context;
    const hostname = celString(names.service('gateway'));
    const service = {
      paramKind: { apiVersion: 'v1', kind: 'Service' },
      paramRef: { name: 'gateway', namespace: names.control, parameterNotFoundAction: 'Deny' as const },
    };
    if (platform.gatewayAddress.kind === 'written')
      // Plain maps under dyn(): a typed Object list here makes the API server of 1.36.3 panic.
      new MutatingPolicy(this, 'gateway-address', context, {
        purpose: "writes the gateway's address into agent pods",
        failurePolicy: 'Fail',
        ...service,
        matchConstraints: inNamespace(names.agents, podRule(['CREATE'])),
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression: `[JSONPatch{op: has(object.spec.hostAliases) ? 'replace' : 'add', path: '/spec/hostAliases', value: [{'ip': dyn(params.spec.clusterIP), 'hostnames': dyn([${hostname}])}]}]`,
            },
          },
        ],
      });
    new AskedPolicy(this, 'gateway-address-only', context, {
      purpose: 'the gateway is the only name an agent pod knows',
      ...service,
      matchConstraints: inNamespace(names.agents, podRule(['CREATE'])),
      validations: [
        {
          expression: `has(object.spec.hostAliases) && object.spec.hostAliases.size() == 1 && object.spec.hostAliases[0].ip == params.spec.clusterIP && object.spec.hostAliases[0].hostnames == [${hostname}]`,
          message: `an agent pod has one host alias: the gateway's address under the name ${names.service('gateway')}`,
        },
        {
          expression:
            "has(object.spec.dnsPolicy) && object.spec.dnsPolicy == 'None' && object.spec.dnsConfig.nameservers == ['127.0.0.1'] && !has(object.spec.dnsConfig.searches)",
          message: 'an agent pod has no name server (dnsPolicy None, nameserver 127.0.0.1)',
        },
      ],
    });
  }
}
