import { Construct } from 'constructs';
import { type ApprovalsConfig, approvalsConfig, CONTRACT_VERSION } from '../contract';
import type { Context } from './context';
import {
  ControlService,
  controlReplicas,
  ownTls,
  PATHS,
  secretFiles,
  stateAccess,
  telemetryAccess,
  usersAccess,
} from './control-plane';
import { PORT } from './names';

/** The configuration of the approvals service. */
export const approvalsConfigOf = (context: Context): ApprovalsConfig => {
  const { declaration, names } = context;
  const { approvers, deadline, host, quorum } = declaration.approvals;
  return approvalsConfig.parse({
    version: CONTRACT_VERSION,
    environment: names.environment,
    listen: { https: PORT.https, back: PORT.back, health: PORT.health, metrics: PORT.metrics },
    tls: ownTls,
    page: { certificate: `${PATHS.page}/tls.crt`, key: `${PATHS.page}/tls.key` },
    host,
    users: usersAccess(context).config,
    approvers: [...approvers],
    deadlineSeconds: deadline.seconds,
    quorum: quorum ?? 1,
    selfApproval: false,
    governor: names.service('governor'),
    warden: { host: names.service('warden'), port: PORT.back },
    state: stateAccess(context).config,
    telemetry: telemetryAccess(context, 'approvals').config,
  });
};

/** The service where people decide. No answer by the deadline is a no. */
export class ApprovalsService extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    new ControlService(this, 'Default', context, {
      component: 'approvals',
      purpose: 'where people decide about risky calls; no answer in time is a no',
      replicas: controlReplicas(context.declaration),
      config: { 'approvals.json': `${JSON.stringify(approvalsConfigOf(context), null, 2)}\n` },
      ports: { https: PORT.https, back: PORT.back },
      files: [
        secretFiles('page', 'approvals-front-tls', PATHS.page, ['tls.crt', 'tls.key']),
        ...usersAccess(context).files,
        ...stateAccess(context).files,
        ...telemetryAccess(context, 'approvals').files,
      ],
      memory: '256Mi',
    });
  }
}
