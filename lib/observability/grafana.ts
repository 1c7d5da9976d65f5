/** One panel of a dashboard. */
export interface Panel {
  readonly title: string;
  readonly type: 'timeseries' | 'stat';
  readonly unit: string;
  readonly targets: readonly (readonly [expr: string, legend: string])[];
}

/** A Grafana dashboard of panels, two in a row, as the file that Grafana reads. */
export const grafana = (uid: string, title: string, panels: readonly Panel[]): string =>
  `${JSON.stringify(
    {
      uid: uid.slice(0, 40),
      title,
      tags: ['firepit'],
      schemaVersion: 41,
      editable: false,
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      panels: panels.map(({ title, type, unit, targets }, i) => ({
        id: i + 1,
        title,
        type,
        gridPos: { h: 8, w: 12, x: (i % 2) * 12, y: Math.floor(i / 2) * 8 },
        fieldConfig: { defaults: { unit }, overrides: [] },
        targets: targets.map(([expr, legendFormat], t) => ({ refId: String.fromCharCode(65 + t), expr, legendFormat })),
      })),
    },
    null,
    2,
  )}\n`;

/** The label by which Grafana's sidecar finds a dashboard. */
export const DASHBOARD_LABEL = { grafana_dashboard: '1' } as const;
