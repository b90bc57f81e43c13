import { OrchestratorError } from 'nestjs-orchestrator';
import { EnvironmentError } from '../config/environment-reader.js';

/** What a person at the console can do about it; everything else with its stack. */
export function describeStartFailure(error: unknown): unknown {
  if (error instanceof EnvironmentError || error instanceof OrchestratorError) return error.message;
  if (isAddressInUse(error)) {
    return `Port ${error.port} is in use by another program. Choose another: PORT=${error.port + 1} npm start`;
  }
  return error;
}

function isAddressInUse(error: unknown): error is { readonly port: number } {
  return (
    error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error
  );
}
