export { type SupportDeskProps, supportDesk } from './support-desk';
