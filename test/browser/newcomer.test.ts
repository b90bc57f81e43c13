import { it } from 'vitest';
import { start } from '../sample-app/sample.js';
import { dashboardLab } from './dashboard-lab.js';

const { open } = dashboardLab();

it('A newcomer who starts the sample application sees who waits, for whom and why', async () => {
  const sample = await start({
    TRIGGER_KEY: '',
    // Sooner than in twenty seconds.
    WORKER_OVERRIDES: '{"back-up":{"interval":"2s"}}',
  });
  const [url] = /http:\/\/\S+\/orchestrator/.exec(sample.output)!;

  const page = await open({ url }, { view: '' });

  await page.getByRole('button', { name: 'roll-up BLOCKED by back-up', exact: true }).click();
  const about = page.getByRole('complementary', { name: 'About roll-up' });
  await about.getByText('a worker in conflict is running: back-up').waitFor();
});
