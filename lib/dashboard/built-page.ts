import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly text: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

const FOLDER = fileURLToPath(new URL('./built-page/', import.meta.url));

/** The page as it was built. It is read once: what is asked for never becomes a path on the disk. */
export class BuiltPage {
  private readonly html: string | undefined;
  private readonly assets = new Map<string, PageFile>();

  constructor(folder = FOLDER) {
    const index = join(folder, 'index.html');
    if (!existsSync(index)) return;
    this.html = readFileSync(index, 'utf8');
    const assets = join(folder, 'assets');
    for (const name of readdirSync(assets)) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      this.assets.set(name, { type, text: readFileSync(join(assets, name), 'utf8') });
    }
  }

  get isBuilt(): boolean {
    return this.html !== undefined;
  }

  /** @param base where its assets are, seen from the address under which it is shown */
  document(base: string): PageFile | undefined {
    if (this.html === undefined) return undefined;
    return {
      type: 'text/html; charset=utf-8',
      text: this.html.replaceAll('"./assets/', `"${base}assets/`),
    };
  }

  asset(name: string): PageFile | undefined {
    return this.assets.get(name);
  }
}
