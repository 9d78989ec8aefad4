// Line icons, drawn inline so that they take the colour of the text.
import { html } from '../ui.js';

const kPaths = {
  cameras: 'M3 7h11a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1zM15 11l6-3v8l-6-3z',
  events: 'M4 6h2M4 12h2M4 18h2M9 6h11M9 12h11M9 18h11',
  system: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  up: 'M12 20V5M5.500 11.500L12 5l6.500 6.500',
  home: 'M4 11l8-7 8 7M6 9.500V20h12V9.500',
  back: 'M20 12H4M11 5l-7 7 7 7',
  previous: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  star: 'M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  note: 'M5 4h14v12l-4 4H5zM15 20v-4h4M8 9h8M8 13h5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5',
  moon: 'M20 14.500A8 8 0 0 1 9.500 4 8 8 0 1 0 20 14.500z',
  auto: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8l6 0M12 12h8M12 16h6',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  refresh: 'M20 12a8 8 0 1 1-2.500-5.800M20 3v4h-4',
  motion: 'M3 12h3l3-7 4 14 3-7h5',
  person: 'M12 3.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM5 21v-2a6 6 0 0 1 14 0v2',
  vehicle: 'M3 16v-4l2-6h14l2 6v4zM3 12h18M6 16v3M18 16v3',
  animal: 'M5 20v-8l-2-5 4 2h8l4-3v5l-2 2v7M9 20v-4h5v4',
  sound: 'M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11',
  record: 'M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  help: 'M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.500v.5',
  health: 'M3 12h4l2-5 4 10 2-5h6',
  select: 'M4 6l2 2 3-4M4 13l2 2 3-4M12 6h8M12 13h8M4 20h16',
  archive: 'M4 4h16v4H4zM6 8v12h12V8M10 12h4',
  search: 'M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.500 15.500L20 20',
  close: 'M6 6l12 12M18 6L6 18',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 2',
  power: 'M12 3v9M6.500 7a8 8 0 1 0 11 0',
  check: 'M5 12l5 5 9-10',
  warn: 'M12 4L2.500 20h19zM12 10v5M12 17.500v.5',
};

export function Icon({ of, label }) {
  return html`<svg class="icon" viewBox="0 0 24 24" role=${label ? 'img' : undefined} aria-label=${label}
    aria-hidden=${label ? undefined : 'true'}><path d=${kPaths[of]} /></svg>`;
}
