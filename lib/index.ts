/** The public door of Firepit. */
export * from './declaration';
export { DeclarationError, type DeclarationFinding, EXIT_CODES, FirepitError } from './errors';
