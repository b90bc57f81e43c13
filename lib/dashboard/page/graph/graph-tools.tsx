import type { JSX } from 'preact';
import { Icon } from '../parts/icon.js';
import { say } from '../words/words.js';

interface Properties {
  readonly onZoomIn: () => void;
  readonly onZoomOut: () => void;
  readonly onFit: () => void;
}

/** What wheel, pinch and keys do as well. */
export function GraphTools({ onZoomIn, onZoomOut, onFit }: Properties): JSX.Element {
  return (
    <div class="graph-tools">
      <Tool icon="plus" name={say('graph.zoom-in')} onClick={onZoomIn} />
      <Tool icon="minus" name={say('graph.zoom-out')} onClick={onZoomOut} />
      <Tool icon="fit" name={say('graph.fit')} onClick={onFit} />
    </div>
  );
}

interface ToolProperties {
  readonly icon: 'plus' | 'minus' | 'fit';
  readonly name: string;
  readonly onClick: () => void;
}

function Tool({ icon, name, onClick }: ToolProperties): JSX.Element {
  return (
    <button type="button" class="icon-button" title={name} aria-label={name} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
