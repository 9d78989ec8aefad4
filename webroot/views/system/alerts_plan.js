// What the panel of alerts says, in words. Pure.

/// {waiting: 3, dead: 1, dropped: 0} -> "3 waiting, 1 given up".
export function targetWords({ waiting, dead, dropped }) {
  const parts = [waiting > 0 && `${waiting} waiting`, dead > 0 && `${dead} given up`, dropped > 0 && `${dropped} dropped for want of room`].filter(Boolean);
  return parts.length ? parts.join(', ') : 'all told';
}

/// What a test came to, in one text.
export function trialWords({ is_ok, answer, doubts = [] }) {
  return [`${is_ok ? 'Good' : 'Bad'}: ${answer}.`, ...doubts].join(' ');
}
