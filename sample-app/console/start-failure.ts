import { OrchestratorError } from 'nestjs-orchestrator';
import { EnvironmentError } from '../config/environment-reader.js';

/** What a person at the console can do about it; everything else with its stack. */
export function describeStartFailure(error: unknown): unknown {
  if (error instanceof EnvironmentError || error instanceof OrchestratorError) return error.message;
  if (codeOf(error) === 'EADDRINUSE') {
    return 'The port is in use by another program. Choose another, or any free one: PORT=0 npm start';
  }
  if (error instanceof Error && codeOf(error.cause) === 'LEVEL_LOCKED') {
    return 'The data folder is in use: the application runs already. Choose another: DATA_DIR=other npm start';
  }
  return error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
