import { signal } from '@preact/signals';

export type Route =
  | { readonly view: 'graph' | 'timeline' | 'workers' }
  | { readonly view: 'worker'; readonly name: string };

export const route = signal<Route>(routeOf(location.hash));

export function followHash(): void {
  addEventListener('hashchange', () => (route.value = routeOf(location.hash)));
}

export function hrefOf(to: Route): string {
  return to.view === 'worker' ? `#/workers/${encodeURIComponent(to.name)}` : `#/${to.view}`;
}

function routeOf(hash: string): Route {
  const [, view = '', name] = /^#\/([a-z]+)(?:\/(.+))?$/.exec(hash) ?? [];
  if (view === 'workers' && name !== undefined) return { view: 'worker', name: decoded(name) };
  return view === 'timeline' || view === 'workers' ? { view } : { view: 'graph' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
