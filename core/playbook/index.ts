/** The playbook's part: pure; text in, text out. */
export * from './playbook';
export { parseDocument } from './document';
export { DEFAULT_MAX_LOOPS, loadPlaybook, type LoadOptions, type PlaybookFile } from './load';
export { nextStep, passGate, startPosition, tickStep, untickSteps, type FinishedDocument, type NextStep, type Untick } from './position';
export { renderStep, type RenderedStep, type StepCommand, type StepToRender } from './render';
export { tick, untick, withDone } from './tick';
export { fillVariables, formatVariables, type Filled, type VariableFacts, type Variables } from './variables';
export { readWorkingCopy, type WorkingCopyChanges } from './working-copy';
