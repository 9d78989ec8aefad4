// Which pieces of time a view needs. A day shows what is worth seeing of a day; closer views ask for finer pieces. Pure.
import { daysIn, spanOf, startOfDay } from './view_plan.js';

const kMinute = 60000;
const kHour = 60 * kMinute;
const kLevels = [
  { level: 2, span_ms: 45 * kMinute, tile_ms: kHour / 4 },
  { level: 1, span_ms: 6 * kHour, tile_ms: 2 * kHour },
];

const dayTile = (day_ms) => ({ key: `0/${day_ms}`, level: 0, from_ms: day_ms, to_ms: startOfDay(day_ms, 1) });

/// [{key, level, from_ms, to_ms}] in the order of time, up to `last_ms`.
export function planTiles(view, last_ms) {
  const level = kLevels.find((item) => spanOf(view) <= item.span_ms);
  if (!level) return daysIn(view).filter((day_ms) => day_ms < last_ms).map(dayTile);
  const tiles = [];
  const { tile_ms } = level;
  for (let from_ms = Math.floor(view.from_ms / tile_ms) * tile_ms; from_ms < Math.min(view.to_ms, last_ms); from_ms += tile_ms) {
    tiles.push({ key: `${level.level}/${from_ms}`, level: level.level, from_ms, to_ms: from_ms + tile_ms });
  }
  return tiles;
}

/// The coarser tiles that can stand in for one while it loads, nearest first. A tile that crosses midnight has two days.
export function parentsOf(tile) {
  if (tile.level === 0) return [];
  const days = daysIn(tile).map(dayTile);
  if (tile.level === 1) return days;
  const from_ms = Math.floor(tile.from_ms / (2 * kHour)) * 2 * kHour;
  return [{ key: `1/${from_ms}`, level: 1, from_ms, to_ms: from_ms + 2 * kHour }, ...days];
}
