// A server that runs, a browser that looks at it, and what every page is held to.
import { spawn, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;

export const problems = [];
export let looked = 0;
export function expect(truth, words) {
    if (!truth) problems.push(words);
}

/** Start `firstplace serve ARGS`; resolves with {url, said, stop} once `until` stands in what it prints. */
export function serve(program, args, until) {
    const child = spawn(program, ['serve', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '', log = '';
    child.stderr.on('data', (bytes) => (log += bytes));
    const stop = () => new Promise((done) => {
        child.once('exit', (code) => {
            expect(code === 0, `the server ended with ${code}: ${log.slice(-2000)}`);
            done(log);
        });
        child.kill('SIGTERM');
    });
    return new Promise((done, fail) => {
        child.stdout.on('data', (bytes) => {
            said += bytes;
            const url = said.match(/served at (http:\S+)/);
            if (url && until.test(said)) done({ url: url[1], said, stop });
        });
        child.once('exit', (code) => fail(new Error(`the server ended with ${code}: ${said}${log}`)));
    });
}

/** A new study of its own in a temporary folder, with a key beside it. */
export function study(program) {
    const root = mkdtempSync(join(tmpdir(), 'firstplace-browser-'));
    execFileSync(program, ['new', join(root, 'study')]);
    execFileSync(program, ['key', 'new', join(root, 'study.key')]);
    return { folder: join(root, 'study'), key: join(root, 'study.key'), remove: () => rmSync(root, { recursive: true }) };
}

export async function browser(executable) {
    return chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page whose console and requests are watched: nothing may be refused by the content policy. */
export async function open(own, options = {}) {
    const context = await own.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(120000); // a machine may be busy
    page.on('console', (line) => {
        if (line.type() === 'error' && !/status of 4\d\d/.test(line.text())) problems.push(`${page.url()}: ${line.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`${page.url()}: ${error}`));
    return page;
}

/** One-time code of RFC 6238 from the key as an app has it, in base32. */
export function code(base32, at = Date.now()) {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    let bits = '';
    for (const c of base32.replace(/[\s=]/g, '')) bits += letters.indexOf(c).toString(2).padStart(5, '0');
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
    const sum = createHmac('sha1', key).update(counter).digest();
    const from = sum[19] & 15;
    return String((sum.readUInt32BE(from) & 0x7fffffff) % 1000000).padStart(6, '0');
}

export async function send(page) {
    await Promise.all([page.waitForLoadState('load'), page.locator('main form button[type=submit]').first().click()]);
}

export async function signIn(page, url, name, password) {
    await page.goto(`${url}/sign-in`);
    await page.fill('#f-name', name);
    await page.fill('#f-password', password);
    await send(page);
}

/** Hold the page at hand to WCAG 2.2 AA, to small screens, and to the house: one h1, targets of 44 px. */
export async function look(page, name) {
    looked++;
    await page.evaluate(axe);
    const found = await page.evaluate(() =>
        window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    for (const violation of found.violations)
        problems.push(`${name}: ${violation.id}: ${violation.help}: ${violation.nodes.map((n) => n.html).join(' | ').slice(0, 400)}`);
    const small = await page.evaluate(() => [...document.querySelectorAll('button, select, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), .menu a')]
        .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120)));
    expect(small.length === 0, `${name}: lower than 44 px: ${small.join(' | ')}`);
    expect((await page.locator('h1').count()) === 1, `${name}: not one h1`);
    const size = page.viewportSize();
    for (const width of [320, 640]) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide <= width, `${name}: ${wide} px wide on a screen of ${width}`);
    }
    await picture(page, name);
    await page.setViewportSize(size);
}

async function picture(page, name) {
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    for (const [kind, width] of [['wide', 1280], ['phone', 390]]) {
        await page.setViewportSize({ width, height: kind === 'wide' ? 800 : 844 });
        await page.screenshot({ path: join(shots, `${name}-${kind}.png`), fullPage: true });
    }
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 720, height: 900 });
    await page.screenshot({ path: join(shots, `${name}-print.png`), fullPage: true });
    await page.emulateMedia({ media: 'screen' });
}
