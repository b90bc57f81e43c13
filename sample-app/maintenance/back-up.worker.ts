import { Injectable } from '@nestjs/common';
import { JobPriority, Worker, type RunContext } from 'nestjs-orchestrator';
import { BackUp } from './back-up.js';

@Injectable()
export class BackUpWorker {
  constructor(private readonly files: BackUp) {}

  @Worker({
    name: 'back-up',
    description: 'copies what was measured, slowly, and holds back who would change it',
    interval: '20s',
    runOnStart: false,
    priority: JobPriority.LOW,
    blocks: ['roll-up', 'prune'],
  })
  async backUp(run: RunContext): Promise<void> {
    await this.files.write(run.signal, (fraction) => {
      run.progress(fraction);
    });
  }
}
