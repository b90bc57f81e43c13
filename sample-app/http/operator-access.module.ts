import { Module } from '@nestjs/common';
import { OperatorAccess } from './operator-access.js';
import { TriggerKey } from './trigger-key.js';

@Module({ providers: [TriggerKey, OperatorAccess], exports: [TriggerKey, OperatorAccess] })
export class OperatorAccessModule {}
