// The score over time. uPlot draws it; this gives it the page's colours and size.
import { html, useEffect, useMemo, useRef, useWidth } from '../../ui.js';
import uPlot from '../../vendor/uplot.js';
import { clockTime, shortDay } from '../../time.js';
import { seriesText, toSeries } from './score_series.js';

const kHeightPx = 190;

function colours(element) {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return { line: of('footage'), ink: of('ink-dim'), grid: of('line'), good: of('good-ground'), warn: of('warn-ground'),
    bad: of('bad-ground'), font: `12px ${style.fontFamily}` };
}

/// Grounds of the levels, drawn below the line.
function paintLevels(plot, paint) {
  const { ctx, bbox } = plot;
  const bands = [[70, 100, paint.good], [30, 70, paint.warn], [0, 30, paint.bad]];
  ctx.save();
  ctx.globalAlpha = 0.55;
  for (const [low, high, colour] of bands) {
    const top = plot.valToPos(high, 'y', true);
    const bottom = plot.valToPos(low, 'y', true);
    ctx.fillStyle = colour;
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  }
  ctx.restore();
}

function optionsFor(paint, width_px, { from_ms, to_ms }) {
  const is_long = to_ms - from_ms > 2 * 86400000;
  const axis = { stroke: paint.ink, font: paint.font, grid: { stroke: paint.grid, width: 1 }, ticks: { show: false } };
  const label = (at_s) => (is_long ? shortDay(at_s * 1000) : clockTime(at_s * 1000));
  return {
    width: width_px, height: kHeightPx, legend: { show: false }, padding: [8, 26, 0, 0],
    cursor: { drag: { x: false, y: false }, y: false },
    scales: { x: { time: true, range: [from_ms / 1000, to_ms / 1000] }, y: { range: [0, 100] } },
    axes: [{ ...axis, size: 30, space: is_long ? 90 : 70, values: (plot, splits) => splits.map(label) },
      { ...axis, size: 38, splits: () => [0, 30, 70, 100], values: (plot, splits) => splits.map(String) }],
    series: [{}, { label: 'Score', stroke: paint.line, width: 2, points: { show: false }, spanGaps: false,
      paths: uPlot.paths.stepped({ align: 1 }) }],
    hooks: { drawClear: [(plot) => paintLevels(plot, paint)] },
  };
}

export function ScorePlot({ samples, from_ms, to_ms }) {
  const [box, width_px] = useWidth();
  const tip = useRef(null);
  const series = useMemo(() => toSeries(samples, from_ms, to_ms), [samples, from_ms, to_ms]);
  useEffect(() => {
    if (width_px < 60) return undefined;
    const place = box.current;
    let plot = null;
    const draw = () => {
      plot?.destroy();
      const options = optionsFor(colours(place), width_px, { from_ms, to_ms });
      options.hooks.setCursor = [(one) => showTip(one, tip.current)];
      plot = new uPlot(options, series, place);
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const themes = new MutationObserver(draw);
    dark.addEventListener('change', draw);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      dark.removeEventListener('change', draw);
      themes.disconnect();
      plot.destroy();
    };
  }, [series, width_px]);
  return html`<div class="plot"><div ref=${box} class="plot-box" role="img" aria-label=${`Score over time. ${seriesText(series)}`}
      data-test="score-plot"></div>
    <p class="plot-tip small dim" ref=${tip} aria-hidden="true"></p></div>`;
}

function showTip(plot, tip) {
  if (!tip) return;
  const { idx } = plot.cursor;
  const score = idx === null || idx === undefined ? null : plot.data[1][idx];
  tip.textContent = score === null || score === undefined ? ''
    : `${shortDay(plot.data[0][idx] * 1000)}, ${clockTime(plot.data[0][idx] * 1000)}: score ${score}`;
}
