import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from '../parts/icon.js';
import { NARROW, useMedia } from '../parts/use-media.js';
import { useWindow } from '../parts/use-window.js';
import { progress, workers } from '../state/board.js';
import { say } from '../words/words.js';
import {
  arrange,
  AS_REGISTERED,
  COLUMNS,
  sortedNext,
  tagsOf,
  type Arrangement,
  type Column,
} from './arrangement.js';
import { TableControls } from './table-controls.js';
import { WorkerRow } from './worker-row.js';

const ROW_HEIGHT = 45;
const CARD_HEIGHT = 104;

/** Outlives the view: who comes back finds it as it was. */
const arrangement = signal<Arrangement>(AS_REGISTERED);

export function WorkerTable(): JSX.Element {
  const all = [...workers.value.values()];
  const shown = arrange(all, arrangement.value);
  const change = (changed: Partial<Arrangement>): void => {
    arrangement.value = { ...arrangement.value, ...changed };
  };
  const rowHeight = useMedia(NARROW) ? CARD_HEIGHT : ROW_HEIGHT;
  const { list, from, to } = useWindow(shown.length, rowHeight);

  return (
    <section class="table-view" aria-label={say('table.label')}>
      <TableControls
        arrangement={arrangement.value}
        tags={tagsOf(all)}
        shown={shown.length}
        total={all.length}
        onChange={change}
      />
      <div class="scroller">
        <div
          class="table"
          role="table"
          aria-label={say('table.label')}
          aria-rowcount={shown.length + 1}
        >
          <div class="table-head" role="rowgroup">
            <div class="row" role="row" aria-rowindex={1}>
              {COLUMNS.map((column) => (
                <ColumnHead
                  key={column}
                  column={column}
                  sort={arrangement.value.sort}
                  onChange={change}
                />
              ))}
              <span role="columnheader" class="actions">
                <span class="unseen">{say('table.actions')}</span>
              </span>
            </div>
          </div>
          <div
            ref={list}
            class="table-body"
            role="rowgroup"
            style={{ height: `${shown.length * rowHeight}px` }}
          >
            {shown.slice(from, to).map((worker, index) => (
              <WorkerRow
                key={worker.name}
                worker={worker}
                progress={progress.value.get(worker.name)}
                index={from + index}
                top={(from + index) * rowHeight}
              />
            ))}
          </div>
        </div>
        {shown.length === 0 && (
          <p class="empty">{say(all.length === 0 ? 'table.empty' : 'table.none')}</p>
        )}
      </div>
    </section>
  );
}

interface ColumnHeadProperties {
  readonly column: Column;
  readonly sort: Arrangement['sort'];
  readonly onChange: (changed: Partial<Arrangement>) => void;
}

function ColumnHead({ column, sort, onChange }: ColumnHeadProperties): JSX.Element {
  const isSorted = sort?.column === column;
  const direction = sort?.isDescending === true ? 'descending' : 'ascending';
  const words = say(column === 'failures' ? 'table.failures.short' : `table.${column}`);
  return (
    <span role="columnheader" class={column} aria-sort={isSorted ? direction : 'none'}>
      <button
        type="button"
        title={say('table.sort', { column: words })}
        onClick={() => onChange({ sort: sortedNext(arrangement.value, column) })}
      >
        {words}
        {isSorted && <Icon name={direction === 'ascending' ? 'up' : 'down'} />}
      </button>
    </span>
  );
}
