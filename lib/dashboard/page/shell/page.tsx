import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ActionDialog } from '../actions/action-dialog.js';
import { NoteList } from '../actions/note-list.js';
import { orchestrator } from '../state/board.js';
import { FleetStrip } from '../fleet/fleet-strip.js';
import { GraphView } from '../graph/graph-view.js';
import { route } from '../state/route.js';
import { WorkerTable } from '../table/worker-table.js';
import { TimelineView } from '../timeline/timeline-view.js';
import { say } from '../words/words.js';
import { WorkerPage } from '../worker/worker-view.js';
import { Banners } from './banners.js';
import { Header } from './header.js';

export function Page(): JSX.Element {
  const title = say('page.title');
  useEffect(() => void (document.title = title), [title]);
  return (
    <>
      <Header />
      <FleetStrip />
      <Banners />
      <main id="content" tabIndex={-1}>
        {orchestrator.value === undefined ? <p class="empty">{say('page.loading')}</p> : <View />}
      </main>
      <NoteList />
      <ActionDialog />
    </>
  );
}

function View(): JSX.Element {
  const shown = route.value;
  switch (shown.view) {
    case 'graph':
      return <GraphView />;
    case 'timeline':
      return <TimelineView />;
    case 'workers':
      return <WorkerTable />;
    case 'worker':
      return <WorkerPage key={shown.name} name={shown.name} />;
  }
}
