import { Module, type DynamicModule } from '@nestjs/common';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { ORCHESTRATOR_OPTIONS, OrchestratorModule, type OrchestratorOptions } from '../index.js';
import { Orchestration } from '../orchestration.js';
import { RehearsedOrchestration } from './rehearsed-orchestration.js';
import type { OrchestratorTestingOptions } from './testing-options.js';

/**
 * Puts workers to the test: in virtual time, with nothing falling due by schedule until that is asked for. What becomes
 * of them is in the hands of {@link OrchestratorTestKit}.
 *
 * Closing the application lets time pass until all has ended, and leaves no timer behind.
 *
 * @publicApi
 */
@Module({})
export class OrchestratorTestingModule {
  /**
   * For feature modules, in place of `OrchestratorModule.forRoot()`, whose options it takes too.
   *
   * @example
   * ```ts
   * const app = await Test.createTestingModule({
   *   imports: [OrchestratorTestingModule.forRoot(), ReportsModule],
   * }).compile();
   * await app.init();
   * const kit = OrchestratorTestKit.of(app);
   * await kit.run('write-report', { payload: { month: '2026-11' } });
   * ```
   */
  static forRoot({
    start,
    seed,
    schedules,
    engine,
    patience,
    ...options
  }: OrchestratorTestingOptions &
    Omit<OrchestratorOptions, 'clock' | 'random' | 'autoStart'> = {}): DynamicModule {
    const testing = {
      ...(start !== undefined && { start }),
      ...(seed !== undefined && { seed }),
      ...(schedules !== undefined && { schedules }),
      ...(engine !== undefined && { engine }),
      ...(patience !== undefined && { patience }),
    };
    const root = OrchestratorModule.forRoot(options);
    // Nest takes the later of two providers of one token: this one, after those of the decorator.
    const providers = [
      ...(root.providers ?? []),
      { provide: Orchestration, ...rehearsal(testing, 'useFactory') },
    ];
    return { module: OrchestratorTestingModule, imports: [{ ...root, providers }] };
  }

  /**
   * For an application's own module, which imports `OrchestratorModule` already. All of its options stay but for
   * `clock`, `random`, `autoStart` and `engine`.
   *
   * @returns the builder
   * @example
   * ```ts
   * const builder = Test.createTestingModule({ imports: [AppModule] });
   * const app = await OrchestratorTestingModule.override(builder, { seed: 7 }).compile();
   * ```
   */
  static override(
    builder: TestingModuleBuilder,
    options: OrchestratorTestingOptions = {},
  ): TestingModuleBuilder {
    return builder.overrideProvider(Orchestration).useFactory(rehearsal(options, 'factory'));
  }
}

type Make = (options: OrchestratorOptions | undefined) => RehearsedOrchestration;
/** Missing where the module is imported without `forRoot()`, which the boot tells. */
const OPTIONS = { token: ORCHESTRATOR_OPTIONS, optional: true };

/** Nest calls it by one name in modules, and by another in overrides. */
function rehearsal<Name extends 'useFactory' | 'factory'>(
  testing: OrchestratorTestingOptions,
  name: Name,
): { inject: (typeof OPTIONS)[] } & Record<Name, Make> {
  const make: Make = (options) => new RehearsedOrchestration(options, testing);
  return { inject: [OPTIONS], ...({ [name]: make } as Record<Name, Make>) };
}
