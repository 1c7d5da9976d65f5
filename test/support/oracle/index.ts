import type { EnvironmentDeclaration } from '../../../lib';
import { ApiServer } from './admission';
import { containmentHoles } from './containment';
import { credentialHoles } from './credentials';
import { endingHoles } from './endings';
import { envoyHoles } from './envoy';
import { exposureHoles } from './exposure';
import { type Facts, factsOf } from './facts';
import { falcoHoles } from './falco';
import { imageHoles } from './images';
import { objectProbes } from './object-probes';
import { peopleHoles } from './people';
import { type Hole, nameOf, type Obj, str } from './plain';
import { podsOf } from './pods';
import { privilegeHoles } from './privilege';
import { plainRequests, probesFor } from './probes';
import { networkHoles } from './reach';
import { rightsHoles } from './rights';

export type { Hole, Obj } from './plain';

interface Answer {
  readonly objects: readonly Obj[];
  readonly also: string | undefined;
  readonly holes: readonly Hole[];
}

/** One question, and the objects that its answer depends on. */
interface Question {
  readonly about: (object: Obj) => boolean;
  /** What else it depends on, as text. @default - nothing */
  readonly also?: (objects: readonly Obj[]) => string;
  readonly holes: (objects: readonly Obj[]) => readonly Hole[];
}

const WORKLOADS = /^(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob)$/;
const UNINTERESTING = /^(PrometheusRule|PodMonitor|ResourceQuota|LimitRange|Certificate|Issuer)$/;
const kind =
  (pattern: RegExp) =>
  (object: Obj): boolean =>
    pattern.test(str(object.kind));
const either =
  (...tests: readonly ((object: Obj) => boolean)[]) =>
  (object: Obj): boolean =>
    tests.some((test) => test(object));
/** ConfigMaps that may be a policy's parameter: those that pods read are named by their digest. */
const plainMap = (object: Obj): boolean => object.kind === 'ConfigMap' && !/-[0-9a-f]{10}$/.test(nameOf(object));
/** Pods, or a kind that might make some. */
const podLike = (object: Obj): boolean =>
  WORKLOADS.test(str(object.kind)) ||
  !/Policy|Binding|ConfigMap|Namespace|Service|Secret|Role|Route$/.test(str(object.kind));

/**
 * Judges plain manifests against what was declared, by its own means: it shares no code with the minimum bar, and asks
 * what an attacker could do rather than what an object says.
 */
export class Oracle {
  readonly facts: Facts;
  private readonly questions: readonly Question[];
  private readonly answers = new Map<Question, Answer>();

  /** @param reference the finished objects as they were made; requests and pods to try are taken from them */
  constructor(
    declaration: EnvironmentDeclaration,
    private readonly reference: readonly Obj[],
  ) {
    const facts = factsOf(declaration);
    this.facts = facts;
    const requests = [...probesFor(facts, reference), ...objectProbes(facts, reference)];
    const admission = (objects: readonly Obj[]): Hole[] => {
      const server = new ApiServer(objects);
      return requests
        .filter((request) => !server.refuses(request))
        .map(({ what }) => ({ area: 'admission', what: `nothing refuses ${what}` }));
    };
    const maps = kind(/^ConfigMap$/);
    this.questions = [
      {
        about: kind(/NetworkPolicy$|^Namespace$/),
        also: (o) => JSON.stringify(podsOf(o).map(({ namespace, labels }) => [namespace, labels])),
        holes: (o) => networkHoles(o, facts),
      },
      {
        about: either(kind(/^ValidatingAdmission|^Namespace$|^ImageValidatingPolicy$|^Service$/), plainMap),
        holes: admission,
      },
      { about: either(podLike, kind(/^(ServiceAccount|Secret)$/)), holes: (o) => credentialHoles(o, facts) },
      {
        about: either(podLike, kind(/^(Namespace|ImageValidatingPolicy|PolicyException)$/)),
        holes: (o) => imageHoles(o, facts),
      },
      { about: podLike, holes: (o) => [...privilegeHoles(o, facts), ...endingHoles(o, facts)] },
      { about: either(podLike, maps), holes: (o) => [...envoyHoles(o, facts), ...peopleHoles(o, facts)] },
      { about: kind(/^(Cluster)?Role(Binding)?$/), holes: (o) => rightsHoles(o, facts) },
      {
        about: (o) => !UNINTERESTING.test(str(o.kind)) && o.kind !== 'ConfigMap',
        holes: (o) => exposureHoles(o, facts),
      },
      { about: either((o) => !UNINTERESTING.test(str(o.kind)), maps), holes: (o) => containmentHoles(o, facts) },
      { about: maps, holes: (o) => falcoHoles(o, facts, reference) },
    ];
  }

  /** Every hole in these objects. Answers whose objects did not change are not looked for twice. */
  holes(objects: readonly Obj[]): readonly Hole[] {
    return this.questions.flatMap((question) => this.answer(question, objects));
  }

  /** What would be refused although it was declared: with that, refusals would prove nothing. */
  refusedByMistake(objects: readonly Obj[]): string[] {
    const server = new ApiServer(objects);
    return plainRequests(this.facts, this.reference)
      .filter((request) => server.refuses(request))
      .map(({ what }) => what);
  }

  private answer(question: Question, objects: readonly Obj[]): readonly Hole[] {
    const concerned = objects.filter(question.about);
    const also = question.also?.(objects);
    const before = this.answers.get(question);
    if (before !== undefined && before.also === also && before.objects.length === concerned.length)
      if (before.objects.every((object, i) => object === concerned[i])) return before.holes;
    const holes = question.holes(also === undefined ? concerned : objects);
    if (before === undefined) this.answers.set(question, { objects: concerned, also, holes });
    return holes;
  }
}
