import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OrchestratorModule, OrchestratorService } from 'nestjs-orchestrator';
import type { OrchestratorOptions } from 'nestjs-orchestrator';
import {
  OrchestratorDashboardModule,
  type OrchestratorDashboardOptions,
} from 'nestjs-orchestrator/dashboard';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { BuiltPage } from '../../lib/dashboard/built-page.js';
import { launchChromium } from '../support/browser/launch-chromium.js';
import { builtPage } from '../support/built-page.js';
import { faultsOf } from './faults.js';

interface Scene {
  readonly orchestrator?: OrchestratorOptions;
  readonly dashboard?: OrchestratorDashboardOptions;
  /** The same again, after it was stopped. */
  readonly port?: number;
}

/** An application with the page, in this process; its time is real. */
export interface Served {
  readonly app: INestApplication;
  readonly orchestrator: OrchestratorService;
  readonly port: number;
  readonly url: string;
}

interface Look extends BrowserContextOptions {
  /** The hash of the view. */
  readonly view?: string;
}

/** A browser for the tests of a file, and what they open with it. Faults of a page fail the test that opened it. */
export function dashboardLab(): {
  serve(scene?: Scene): Promise<Served>;
  open(served: Pick<Served, 'url'>, look?: Look): Promise<Page>;
  /** A page that is not ours, of an origin of its own: what it does is its own fault. */
  openElsewhere(): Promise<Page>;
} {
  let browser: Browser;
  const endings: (() => Promise<unknown>)[] = [];
  const faults: (() => string[])[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const found = faults.splice(0).flatMap((faultsSoFar) => faultsSoFar());
    for (const end of endings.splice(0).reverse()) await end();
    expect(found).toEqual([]);
  });

  return {
    serve: async ({ orchestrator = {}, dashboard = {}, port = 0 } = {}) => {
      const testing = await Test.createTestingModule({
        imports: [
          OrchestratorModule.forRoot({ shutdownTimeout: '50ms', ...orchestrator }),
          OrchestratorDashboardModule.forRoot({
            authorize: () => true,
            showErrors: true,
            ...dashboard,
          }),
        ],
      })
        .overrideProvider(BuiltPage)
        .useValue(new BuiltPage(await builtPage()))
        .compile();
      const app = testing.createNestApplication({ logger: false, forceCloseConnections: true });
      await app.listen(port, '127.0.0.1');
      endings.push(() => app.close());
      const url = `${await app.getUrl()}/orchestrator`;
      const address = new URL(url);
      return { app, orchestrator: app.get(OrchestratorService), port: Number(address.port), url };
    },
    openElsewhere: async () => {
      const server = createServer((_request, response) => response.end('elsewhere'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      endings.push(async () => server.close());
      const context = await browser.newContext();
      endings.push(() => context.close());
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      return page;
    },
    open: async ({ url }, { view = '/workers', ...look } = {}) => {
      const context = await browser.newContext({ locale: 'en-GB', ...look });
      endings.push(() => context.close());
      const page = await context.newPage();
      faults.push(await faultsOf(page, new URL(url).origin));
      await page.goto(`${url}#${view}`);
      return page;
    },
  };
}
