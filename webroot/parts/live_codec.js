// What a browser must know of a stream before it shows it: the names of codecs, read from an initialisation segment
// (MP4, RFC 6381). Pure.

const hex = (byte) => byte.toString(16).padStart(2, '0');

/// Where the payload of the first box of that type begins; -1: there is none. Names of boxes stand nowhere else in what
/// the appliance writes in front of them.
function payloadOf(bytes, type) {
  const wanted = [...type].map((letter) => letter.charCodeAt(0));
  for (let at = 4; at + 12 < bytes.length; at += 1)
    if (wanted.every((code, i) => bytes[at + i] === code)) return at + 4;
  return -1;
}

function h265Name(bytes, at) {
  const space = ['', 'A', 'B', 'C'][bytes[at + 1] >> 6];
  let compatible = 0; // the 32 flags, last one first
  for (let i = 0; i < 32; i += 1) if (bytes[at + 2 + (i >> 3)] & (0x80 >> (i & 7))) compatible += 2 ** i;
  const constraints = [...bytes.subarray(at + 6, at + 12)];
  while (constraints.length && constraints.at(-1) === 0) constraints.pop();
  const tier = bytes[at + 1] & 0x20 ? 'H' : 'L';
  return ['hvc1', `${space}${bytes[at + 1] & 0x1f}`, compatible.toString(16).toUpperCase(), `${tier}${bytes[at + 12]}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase())].join('.');
}

/// 'avc1.64001f', 'hvc1.1.6.L93.B0'; '' when it is neither.
export function codecOf(init) {
  const h264 = payloadOf(init, 'avcC');
  if (h264 > 0) return `avc1.${hex(init[h264 + 1])}${hex(init[h264 + 2])}${hex(init[h264 + 3])}`;
  const h265 = payloadOf(init, 'hvcC');
  return h265 > 0 ? h265Name(init, h265) : '';
}

export const mimeOf = (init) => `video/mp4; codecs="${codecOf(init)}"`;

export const kHeadBytes = 40;
export const kKinds = { init: 1, part: 2, ended: 3, unfit: 4, time: 5 };

/// A message of /api/v1/live.
export function readPiece(buffer) {
  const view = new DataView(buffer);
  return {
    kind: view.getUint8(0),
    is_key: (view.getUint8(1) & 1) !== 0,
    is_footage: (view.getUint8(1) & 2) !== 0, // several pictures, of which each lasts until the next
    number: view.getUint16(2, true),
    at_ms: view.getFloat64(8, true),
    start_s: view.getFloat64(16, true),
    lasts_s: view.getFloat64(24, true),
    sent_ms: view.getFloat64(32, true),
    bytes: new Uint8Array(buffer, kHeadBytes),
  };
}
