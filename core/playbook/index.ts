/** The playbook's part: pure; text in, text out. */
export * from './playbook';
export { parseDocument } from './document';
export { tick, untick, withDone } from './tick';
export { nextStep, passGate, startPosition, tickStep, untickSteps, type FinishedDocument, type NextStep, type Untick } from './position';
