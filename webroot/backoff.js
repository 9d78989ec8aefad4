// How long to wait before trying again. Pure.

/// Milliseconds before attempt number `attempt` (1 = first retry): 1 s, 2 s, 4 s ... at most `max_ms`,
/// spread by up to a quarter so that many pages do not return at the same moment.
export function backoffMs(attempt, max_ms = 15000, random = Math.random) {
  const base = Math.min(max_ms, 1000 * 2 ** Math.max(0, attempt - 1));
  return Math.round(base * (0.75 + 0.25 * random()));
}
