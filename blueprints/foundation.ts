import { type FoundationDeclaration, foundation } from '../lib';

/** What differs from one cluster to the next: everything that a foundation declares. */
export type ClusterFoundationProps = Omit<FoundationDeclaration, 'name'> & {
  /** @default 'foundation' */
  readonly name?: string;
};

/** What a cluster needs once: Falco on every node, its road to the warden of each environment, the catch-all. */
export const clusterFoundation = ({ name = 'foundation', ...props }: ClusterFoundationProps): FoundationDeclaration =>
  foundation({ ...props, name });
