// Has the npm package `onvif` watch and command one simulated camera, and prints what came of it as JSON: hands.mjs PORT USER (password: standard
// input). Lines of its own: what the camera is told to detect, by its control interface.
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import onvif from 'onvif';

const [port, username] = process.argv.slice(2);
const password = readFileSync(0, 'utf8').trim();
const camera = new onvif.Cam({ hostname: '127.0.0.1', port: Number(port), username, password, timeout: 8000, autoconnect: false });
const ask = (name, ...words) => promisify(camera[name]).call(camera, ...words);
const control = async (wanted) => (await fetch(`http://127.0.0.1:${port}/control`, { method: 'POST', body: JSON.stringify(wanted) })).json();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const found = { events: [], performed: {} };
const attempt = async (name, act) => {
    found.performed[name] = await act().then((value) => value ?? 'ok', (error) => ({ error: String(error.message || error) }));
};

// Of one message: its topic without prefixes, its items by name.
const told = (message) => {
    const items = [].concat(message.message?.message?.data?.simpleItem ?? []).map((item) => [item.$.Name, String(item.$.Value)]);
    return { topic: message.topic._.trim(), operation: message.message?.message?.$?.PropertyOperation ?? '', data: Object.fromEntries(items) };
};

async function watch(says) {
    camera.on('eventsError', (error) => { found.error = String(error.message || error); });
    camera.on('event', (message) => found.events.push(told(message)));
    for (let i = 0; i < 50 && !camera.events.subscription && !found.error; i++) await pause(100);
    await pause(500);
    for (const label of says) {
        for (const on of [true, false]) {
            await control({ detect: label, on });
            await pause(150);
        }
    }
    for (let i = 0; i < 150 && found.events.filter((one) => one.operation !== 'Initialized').length < says.length * 2; i++) await pause(100);
}

async function command(shape) {
    const [profileToken, token] = [shape.ptz?.profiles?.[0] ?? shape.profiles[0].token, shape.profiles[0].source];
    if (shape.ptz) {
        found.presets = Object.keys((await ask('getPresets', { profileToken }), camera.presets));
        await attempt('move', () => ask('continuousMove', { profileToken, x: 0.5, y: -0.5, timeout: 1000, onlySendPanTilt: true }));
        await attempt('stop', () => ask('stop', { profileToken, panTilt: true, zoom: true }));
        await attempt('set_preset', () => ask('setPreset', { profileToken, presetName: 'Judge' }).then(() => 'ok'));
    }
    if (shape.imaging) {
        found.filter = (await ask('getImagingSettings', { token })).irCutFilter;
        await attempt('set_filter', () => ask('setImagingSettings', { token, irCutFilter: 'OFF' }));
    }
    if (shape.keyframes) await attempt('keyframe', () => ask('setSynchronizationPoint', { profileToken }).then(() => 'ok'));
    if (shape.restarts) await attempt('restart', () => ask('systemReboot'));
}

try {
    await ask('connect');
    const { shape, says } = await control({});
    if (shape.events) await watch(says);
    camera.removeAllListeners('event');
    await command(shape);
    console.log(JSON.stringify(found));
    process.exit(0);
} catch (error) {
    console.log(JSON.stringify({ ...found, error: String(error.message || error) }));
    process.exit(1);
}
