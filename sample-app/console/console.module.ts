import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { Farewell } from './farewell.js';
import { FirstRound } from './first-round.js';
import { Welcome } from './welcome.js';

@Module({ imports: [HttpModule], providers: [Welcome, FirstRound, Farewell] })
export class ConsoleModule {}
