// What a refused login says. Pure.

export function loginErrorText(error, wait_s) {
  if (!error) return '';
  if (error.status === 429) {
    return wait_s > 0 ? `Too many tries. You can try again in ${wait_s} s.` : 'You can try again now.';
  }
  if (error.status === 401) return 'This name and password do not fit together.';
  if (error.code === 'unreachable') return 'Porchlight cannot be reached. Is this device on the same network?';
  return error.message;
}
