import { approvalsConfig } from '../../../contract';
import { expectedApprovals, fileProblems } from '../expected';
import type { Rule } from '../types';

export const rule: Rule = {
  id: 'silence-means-no',
  layer: 'people',
  info: 'The approvals service would decide otherwise than declared: other people, another deadline, fewer of them, or oneself.',
  explanation:
    'an approval is worth what its rules are worth: the right people, in time, as many as declared, and never the one who asks',
  fix: 'change approvals in the declaration; approvals.json is written from it and never by hand',
  check: (view) =>
    fileProblems(
      view,
      'approvals.json',
      view.configuration('approvals', 'approvals.json'),
      approvalsConfig,
      expectedApprovals(view),
    ),
};
