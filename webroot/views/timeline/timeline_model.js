// The daemon's answer about a stretch of time as lanes. Pure.
import { gapCause } from '../../parts/gap_causes.js';
import { LaneIndex } from './lane_index.js';

const ms = (at_us) => at_us / 1000;

function toEvent(camera, event, now_ms) {
  const from_ms = ms(event.started_at_us);
  return { id: event.id, camera, from_ms, to_ms: event.ended_at_us ? ms(event.ended_at_us) : Math.max(from_ms, now_ms),
    is_running: !event.ended_at_us, label: event.label || '', zone: event.zone || '', kept: Boolean(event.kept),
    reviewed: Boolean(event.reviewed), has_thumbnail: event.has_thumbnail !== false,
    has_footage: event.has_footage !== false };
}

function toBucket([started_at_us, count, unreviewed, kept], bucket_us) {
  return { from_ms: ms(started_at_us), to_ms: ms(started_at_us + bucket_us), count, unreviewed, kept };
}

/// {from_ms, to_ms, is_exact, lanes: Map camera -> {index, buckets, footage, gaps}} of an answer of /timeline.
export function toPiece(answer, now_ms) {
  const bucket_us = answer.bucket_us || 0;
  const lanes = new Map((answer.cameras || []).map((part) => [part.camera, {
    index: new LaneIndex((part.events || []).map((event) => toEvent(part.camera, event, now_ms))),
    buckets: (part.buckets || []).map((bucket) => toBucket(bucket, bucket_us)),
    footage: (part.spans || []).map(([from_us, to_us]) => ({ from_ms: ms(from_us), to_ms: ms(to_us) })),
    gaps: (part.gaps || []).map(([from_us, to_us, cause]) => ({ from_ms: ms(from_us), to_ms: ms(to_us), cause,
      ...gapCause(cause) })),
    event_count: part.event_count || 0,
  }]));
  return { from_ms: ms(answer.from_us), to_ms: ms(answer.to_us), lanes,
    is_exact: bucket_us === 0 && (answer.resolution_us || 0) === 0 };
}

const covers = (piece, at_ms) => piece.from_ms <= at_ms && at_ms < piece.to_ms;

/// What the ledger and the recordings say of a moment: {is_recorded, gap}.
export function momentIn(lane, at_ms) {
  if (!lane) return { is_recorded: false, gap: null };
  return { is_recorded: lane.footage.some((piece) => covers(piece, at_ms)),
    gap: lane.gaps.find((gap) => covers(gap, at_ms)) || null };
}

/// The bucket at the moment, else the nearest within reach.
export function bucketNear(lane, at_ms, reach_ms) {
  let best = null;
  let best_ms = reach_ms;
  for (const bucket of lane ? lane.buckets : []) {
    const away_ms = at_ms < bucket.from_ms ? bucket.from_ms - at_ms : Math.max(0, at_ms - bucket.to_ms);
    if (away_ms <= best_ms) {
      best = bucket;
      best_ms = away_ms;
    }
  }
  return best;
}

/// Whether a listed event passes the filters of the list.
export function passes(event, query) {
  if (query.zone && event.zone !== query.zone) return false;
  if (query.label && event.label !== query.label) return false;
  if (query.kept && !event.kept) return false;
  return !(query.reviewed === 'false' && event.reviewed);
}

/// How many events of a bucket pass; zone and label are not counted apart there.
export function countOf(bucket, query) {
  if (query.kept) return bucket.kept;
  return query.reviewed === 'false' ? bucket.unreviewed : bucket.count;
}
