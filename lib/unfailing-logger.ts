import type { LoggerService } from '@nestjs/common';

/** A logger that fails must not stop the workers, and leaves nobody to tell. */
export function unfailing(logger: LoggerService): LoggerService {
  const attempt =
    (level: 'log' | 'warn' | 'error') =>
    (message: unknown): void => {
      try {
        logger[level](message);
      } catch {
        return;
      }
    };
  return { log: attempt('log'), warn: attempt('warn'), error: attempt('error') };
}
