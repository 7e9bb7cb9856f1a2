export { runCommand, type CommandEnd, type CommandRequest } from './command';
export { endProcesses, findProcesses, type FoundProcess, type Marker } from './find';
export { LineSplitter } from './lines';
export { watchProcess, type ProcessEnd, type WatchOptions } from './watch';
