import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { OrchestratorOptions } from './orchestrator-options.js';

const definition = new ConfigurableModuleBuilder<OrchestratorOptions>({
  moduleName: 'Orchestrator',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createOrchestratorOptions')
  .build();

export const ConfigurableOrchestratorModule = definition.ConfigurableModuleClass;
export type OrchestratorAsyncOptions = typeof definition.ASYNC_OPTIONS_TYPE;

/** The injection token of the module's options. @publicApi */
export const ORCHESTRATOR_OPTIONS: string | symbol = definition.MODULE_OPTIONS_TOKEN;
