import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

/** The dashboard for Grafana that is delivered. */
export const dashboard = JSON.parse(
  readFileSync(resolve(__dirname, '../../deploy/grafana/trustctl.json'), 'utf8'),
) as Dashboard;

/** Every query of its panels, with the panel's title. */
export const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
