import type { Rule } from '../types';
import { missingRights } from './rights-are-few';

export const rule: Rule = {
  id: 'warden-can-act',
  layer: 'runtime',
  info: 'The warden lacks a right that a rung of its ladder needs.',
  explanation: 'a kill switch that the API server refuses is found out about in the incident',
  fix: 'keep the Roles and RoleBindings of the warden in both namespaces as the environment writes them',
  check: missingRights,
};
