export { type Leaf, Pki } from '../../../dev/pki';
