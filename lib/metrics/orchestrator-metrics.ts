/**
 * The metrics as Prometheus reads them, for routes of your own.
 *
 * @example
 * ```ts
 * @Get('internal/metrics')
 * @Header('Content-Type', 'text/plain; version=0.0.4')
 * show(): Promise<string> {
 *   return this.metrics.render();
 * }
 * ```
 * @publicApi
 */
export abstract class OrchestratorMetrics {
  /** The media type of what {@link render} gives. */
  abstract readonly contentType: string;

  /** All metrics of the registry, as they are now. */
  abstract render(): Promise<string>;
}
