import { beforeAll, describe, expect, it } from 'vitest';
import { start, TRIGGER_KEY, type Sample } from './sample.js';

const API = '/orchestrator/api';
const SAME_ORIGIN = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };

let sample: Sample;
beforeAll(async () => {
  sample = await start();
});

async function post(path: string, headers: Record<string, string>): Promise<Response> {
  return sample.fetch(`${API}/${path}`, {
    method: 'POST',
    headers: { ...SAME_ORIGIN, ...headers },
    body: '{}',
  });
}

describe('the control over HTTP', () => {
  it('lets this machine look without a key, and not act', async () => {
    const permissions = await sample.json(`${API}/permissions`);

    expect((await sample.fetch(`${API}/workers/roll-up/explain`)).status).toBe(200);
    expect(permissions).toEqual({ read: true, trigger: false, control: false });
    for (const path of ['workers/roll-up/trigger', 'workers/roll-up/disable', 'pause']) {
      const response = await post(path, {});
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Basic');
    }
    expect((await sample.worker('roll-up')).enabled).toBe(true);
  });

  it.each([
    ['x-api-key', { 'x-api-key': TRIGGER_KEY }, 'holder of the key'],
    [
      'a password',
      { authorization: `Basic ${Buffer.from(`alice:${TRIGGER_KEY}`).toString('base64')}` },
      'alice',
    ],
  ])('lets the holder of the key act, by %s, and says who did', async (_, headers, who) => {
    expect((await post('workers/prune/disable', headers)).status).toBe(202);
    expect(await sample.worker('prune')).toMatchObject({ disabledReason: `disabled by ${who}` });
    expect((await post('workers/prune/enable', headers)).status).toBe(202);
    expect(sample.output).toContain(`"${who}": disable worker "prune": done`);
  });

  it('acts for nobody where no key is configured', async () => {
    const keyless = await start({ TRIGGER_KEY: '' });
    const response = await keyless.fetch(`${API}/pause`, {
      method: 'POST',
      headers: { ...SAME_ORIGIN, 'x-api-key': '' },
      body: '{}',
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('TRIGGER_KEY');
  });
});
