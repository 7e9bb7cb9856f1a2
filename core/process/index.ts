export { LineSplitter } from './lines';
export { endProcesses, findProcesses, type FoundProcess, type Marker } from './find';
export { here } from './here';
export { hostEnvironment } from './host-environment';
export { runCommand, type CommandEnd, type CommandRequest } from './command';
export { watchProcess, type ProcessEnd, type WatchOptions } from './watch';
