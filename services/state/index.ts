export { type Address, addressOf } from './address';
export { bodyOf, eraseBody, opens, type Sealed, seal } from './bodies';
export { canonical } from './canonical';
export { configuredAddress } from './configured';
export { type Ask, type Database, type Role, StateError } from './database';
export { assertReady } from './durability';
export {
  append,
  appendWhere,
  type Condition,
  EntryConflict,
  EntryError,
  ofDecision,
  ofRun,
  type Recorded,
  type Refusal,
  readFrom,
  type Step,
  size,
  type Written,
  written,
} from './entries';
export { isEntry } from './entry-form';
export { findHandle, type HandleRow, handRun } from './handles';
export { migrate } from './migrate';
export { openDatabase } from './open';
export { NotRecorded, Recorder, Refused } from './recorder';
export {
  expireRuns,
  findRun,
  openRun,
  type RunRow,
  runSequence,
  turnedRuns,
  turnRun,
} from './runs';
export { databaseSink, type Sink } from './sink';
export { Spool } from './spool';
export { assertShort, type From, headAfter, type StepRow, stepsOf } from './steps';
export { type ShownRow, shownTools, showTools } from './tools';
