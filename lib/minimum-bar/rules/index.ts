import type { Rule } from '../types';
import { rule as accountsAreOwn } from './accounts-are-own';
import { rule as addressesAreCheckedAgain } from './addresses-are-checked-again';
import { rule as adminAnswersNobody } from './admin-answers-nobody';
import { rule as admissionFailsClosed } from './admission-fails-closed';
import { rule as agentImagesAreVerified } from './agent-images-are-verified';
import { rule as agentPodsAreDeclared } from './agent-pods-are-declared';
import { rule as agentsHaveOneNeighbour } from './agents-have-one-neighbour';
import { rule as agentsHoldNoCredentials } from './agents-hold-no-credentials';
import { rule as agentsKnowOneName } from './agents-know-one-name';
import { rule as agentsStopQuickly } from './agents-stop-quickly';
import { rule as agentsWaitForAdmission } from './agents-wait-for-admission';
import { rule as alarmsExist } from './alarms-exist';
import { rule as apiServerIsClosed } from './api-server-is-closed';
import { rule as behaviourIsWatched } from './behaviour-is-watched';
import { rule as bundledStateOnlyReads } from './bundled-state-only-reads';
import { rule as callersShowCertificates } from './callers-show-certificates';
import { rule as clusterObjectsStayInside } from './cluster-objects-stay-inside';
import { rule as configurationIsImmutable } from './configuration-is-immutable';
import { rule as containersAreConfined } from './containers-are-confined';
import { rule as containersStartAsDeclared } from './containers-start-as-declared';
import { rule as containmentHolds } from './containment-holds';
import { rule as containmentRecordIsTheWardens } from './containment-record-is-the-wardens';
import { rule as containmentWaitsForNothing } from './containment-waits-for-nothing';
import { rule as controlPodsAreExact } from './control-pods-are-exact';
import { rule as controlsAreLocked } from './controls-are-locked';
import { rule as credentialsGoToTheirUpstream } from './credentials-go-to-their-upstream';
import { rule as credentialsStayPut } from './credentials-stay-put';
import { rule as dataPlaneIsAsDeclared } from './data-plane-is-as-declared';
import { rule as denyByDefault } from './deny-by-default';
import { rule as entriesAreDeclared } from './entries-are-declared';
import { rule as exampleImagesAreMarked } from './example-images-are-marked';
import { rule as exitsAreDeclared } from './exits-are-declared';
import { rule as exposureIsDeclared } from './exposure-is-declared';
import { rule as foundationIsAsked } from './foundation-is-asked';
import { rule as governorKnowsTheDeclaration } from './governor-knows-the-declaration';
import { rule as guardEnforces } from './guard-enforces';
import { rule as identitiesAreTheWardens } from './identities-are-the-wardens';
import { rule as imagesArePinned } from './images-are-pinned';
import { rule as keysStayInControl } from './keys-stay-in-control';
import { rule as ledgerIsKept } from './ledger-is-kept';
import { rule as modelPodsAreExact } from './model-pods-are-exact';
import { rule as modelsAnswerTheGatewayAlone } from './models-answer-the-gateway-alone';
import { rule as modelsAreOneList } from './models-are-one-list';
import { rule as namespacesAreRestricted } from './namespaces-are-restricted';
import { rule as neighbourIsTheGateway } from './neighbour-is-the-gateway';
import { rule as nobodyEntersPods } from './nobody-enters-pods';
import { rule as nobodyIsExcepted } from './nobody-is-excepted';
import { rule as objectsStayHome } from './objects-stay-home';
import { rule as ownPodsAreAdmitted } from './own-pods-are-admitted';
import { rule as partsReachEachOther } from './parts-reach-each-other';
import { rule as podsShareNothing } from './pods-share-nothing';
import { rule as podsStayUnchanged } from './pods-stay-unchanged';
import { rule as policiesPermitTheDeclared } from './policies-permit-the-declared';
import { rule as policiesSelectKnownPods } from './policies-select-known-pods';
import { rule as portsCannotBeStolen } from './ports-cannot-be-stolen';
import { rule as probesStayInside } from './probes-stay-inside';
import { rule as quarantineIsDeniedExplicitly } from './quarantine-is-denied-explicitly';
import { rule as quarantineIsSticky } from './quarantine-is-sticky';
import { rule as quarantineIsolates } from './quarantine-isolates';
import { rule as renewalsAreNoticed } from './renewals-are-noticed';
import { rule as requestsWaitForDecisions } from './requests-wait-for-decisions';
import { rule as resourcesAreLimited } from './resources-are-limited';
import { rule as rightsAreFew } from './rights-are-few';
import { rule as riskyOperationsWait } from './risky-operations-wait';
import { rule as secretsStayOut } from './secrets-stay-out';
import { rule as servicesStayInside } from './services-stay-inside';
import { rule as sidecarsCarryIdentity } from './sidecars-carry-identity';
import { rule as signatureCheckIsGuarded } from './signature-check-is-guarded';
import { rule as silenceMeansNo } from './silence-means-no';
import { rule as somebodyCanApprove } from './somebody-can-approve';
import { rule as upstreamsAreDeclared } from './upstreams-are-declared';
import { rule as upstreamsAreVerified } from './upstreams-are-verified';
import { rule as wardenCanAct } from './warden-can-act';
import { rule as wardenKnowsTheAgents } from './warden-knows-the-agents';
import { rule as wardenOnlySuspends } from './warden-only-suspends';
import { rule as workloadsAreDeclared } from './workloads-are-declared';
import { rule as workloadsRunAsDeclared } from './workloads-run-as-declared';

/** Every rule of the minimum bar, by layer and id. */
export const RULES: readonly Rule[] = [
  // supply-chain
  agentImagesAreVerified,
  containersStartAsDeclared,
  controlPodsAreExact,
  exampleImagesAreMarked,
  imagesArePinned,
  modelPodsAreExact,
  modelsAreOneList,
  nobodyIsExcepted,
  podsStayUnchanged,
  signatureCheckIsGuarded,
  // runtime
  admissionFailsClosed,
  agentPodsAreDeclared,
  agentsHaveOneNeighbour,
  agentsStopQuickly,
  agentsWaitForAdmission,
  apiServerIsClosed,
  behaviourIsWatched,
  containersAreConfined,
  containmentHolds,
  containmentRecordIsTheWardens,
  containmentWaitsForNothing,
  denyByDefault,
  foundationIsAsked,
  modelsAnswerTheGatewayAlone,
  namespacesAreRestricted,
  neighbourIsTheGateway,
  ownPodsAreAdmitted,
  partsReachEachOther,
  podsShareNothing,
  policiesSelectKnownPods,
  probesStayInside,
  quarantineIsDeniedExplicitly,
  quarantineIsSticky,
  quarantineIsolates,
  resourcesAreLimited,
  wardenCanAct,
  wardenKnowsTheAgents,
  workloadsAreDeclared,
  workloadsRunAsDeclared,
  // identity
  accountsAreOwn,
  adminAnswersNobody,
  agentsHoldNoCredentials,
  alarmsExist,
  bundledStateOnlyReads,
  callersShowCertificates,
  clusterObjectsStayInside,
  configurationIsImmutable,
  controlsAreLocked,
  credentialsGoToTheirUpstream,
  credentialsStayPut,
  entriesAreDeclared,
  exposureIsDeclared,
  governorKnowsTheDeclaration,
  identitiesAreTheWardens,
  keysStayInControl,
  ledgerIsKept,
  nobodyEntersPods,
  objectsStayHome,
  policiesPermitTheDeclared,
  portsCannotBeStolen,
  renewalsAreNoticed,
  rightsAreFew,
  secretsStayOut,
  servicesStayInside,
  sidecarsCarryIdentity,
  upstreamsAreVerified,
  wardenOnlySuspends,
  // people
  riskyOperationsWait,
  silenceMeansNo,
  somebodyCanApprove,
  // guard
  addressesAreCheckedAgain,
  agentsKnowOneName,
  dataPlaneIsAsDeclared,
  exitsAreDeclared,
  guardEnforces,
  requestsWaitForDecisions,
  upstreamsAreDeclared,
];
