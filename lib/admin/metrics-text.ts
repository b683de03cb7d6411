import { AggregatorRegistry } from 'prom-client';
import { type MetricRow, type MetricSources, metrics } from './metric-table';

/** Metrics in the text format of Prometheus, and its media type. */
interface MetricsText {
  readonly type: string;
  readonly text: string;
}

/** All metrics of a service. */
export const metricsText = (sources: MetricSources): Promise<MetricsText> => asText(metrics, sources);

/** The metrics of a table. */
export async function asText<Sources>(table: readonly MetricRow<Sources>[], sources: Sources): Promise<MetricsText> {
  const rows = table.map(({ name, type, help, values }) => ({
    name,
    type,
    help,
    aggregator: 'first',
    values: values(sources),
  }));
  const registry = AggregatorRegistry.aggregate([rows]); // takes numbers that are counted already, which a Counter does not
  return { type: registry.contentType, text: await registry.metrics() };
}
