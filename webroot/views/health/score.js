// The score of a camera in a word and a number.
import { html } from '../../ui.js';
import { levelOf } from './health_words.js';

/// The score as a number that its colour only repeats.
export function Score({ camera }) {
  const level = levelOf(camera);
  return html`<span class=${`score ${level.tone}`} data-test=${`score-${camera.name}`}><strong>${camera.score}</strong>
    <span>${level.title}</span></span>`;
}
