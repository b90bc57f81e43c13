import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { Prober } from './prober.js';
import { ProbesService } from './probes.service.js';

@Module({ imports: [StorageModule, HttpModule], providers: [Prober, ProbesService] })
export class ProbesModule {}
