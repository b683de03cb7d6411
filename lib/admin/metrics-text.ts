import { AggregatorRegistry } from 'prom-client';
import { type MetricSources, metrics } from './metric-table';

/** All metrics in the text format of Prometheus, and its media type. */
export async function metricsText(sources: MetricSources): Promise<{ readonly type: string; readonly text: string }> {
  const rows = metrics.map(({ name, type, help, values }) => ({
    name,
    type,
    help,
    aggregator: 'first',
    values: values(sources),
  }));
  const registry = AggregatorRegistry.aggregate([rows]); // unlike Counter, takes numbers that are already counted
  return { type: registry.contentType, text: await registry.metrics() };
}
