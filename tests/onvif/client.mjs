// Reads one camera with the npm package `onvif` and prints what it found as JSON: client.mjs PORT USER (password: standard input).
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import onvif from 'onvif';

const [port, username] = process.argv.slice(2);
const password = readFileSync(0, 'utf8').trim();
const camera = new onvif.Cam({ hostname: '127.0.0.1', port: Number(port), username, password, timeout: 8000, autoconnect: false });
const ask = (name, ...words) => promisify(camera[name]).call(camera, ...words);

try {
    await ask('connect');
    const device = await ask('getDeviceInformation');
    const profiles = [].concat(await ask('getProfiles'));
    const found = [];
    for (const profile of profiles.filter((one) => one.videoEncoderConfiguration)) {
        const encoder = profile.videoEncoderConfiguration;
        const token = profile.$.token;
        const still = await ask('getSnapshotUri', { profileToken: token }).catch(() => ({ uri: '' }));
        found.push({
            token, codec: encoder.encoding, size: [Number(encoder.resolution.width), Number(encoder.resolution.height)],
            fps: encoder.rateControl && Number(encoder.rateControl.frameRateLimit), kbit: encoder.rateControl && Number(encoder.rateControl.bitrateLimit),
            stream: (await ask('getStreamUri', { protocol: 'RTSP', profileToken: token })).uri, still: still.uri,
        });
    }
    console.log(JSON.stringify({ device, clock: await ask('getSystemDateAndTime'), profiles: found }));
    process.exit(0);
} catch (error) {
    console.log(JSON.stringify({ error: String(error.message || error) }));
    process.exit(1);
}
