// node tour.mjs PROGRAM CHROMIUM: the workbench as people meet it. Ends with 1 where anything is wrong.
import { browser, code, expect, look, looked, open, problems, send, serve, signIn, study } from './workbench.mjs';

const [program, executable] = process.argv.slice(2);
const password = 'seven quiet bicycles';

/** First start: the link from the terminal, a password, a second factor, its codes; wrong password; sign-out. */
async function firstStart(own) {
    const place = study(program);
    const server = await serve(program, [place.folder, '--port', '0', '--key-file', place.key], /welcome\/\S+\s/);
    const page = await open(own);
    await page.context().addCookies([{ name: 'language', value: 'en', url: server.url }]);
    const link = server.said.match(/http:\S+\/welcome\/\S+/)[0];
    await page.goto(server.url);
    expect(page.url().endsWith('/sign-in'), 'a visitor is not asked to sign in');
    await look(page, 'en-sign-in');
    await page.goto(link);
    await look(page, 'en-welcome');
    await page.fill('#f-new', password);
    await page.fill('#f-again', 'another one altogether');
    await send(page);
    expect((await page.title()).startsWith('Error:'), 'two different passwords are taken');
    await look(page, 'en-welcome-wrong');
    await page.fill('#f-new', password);
    await page.fill('#f-again', password);
    await send(page);
    await look(page, 'en-second-factor-new');
    const key = await page.locator('main code').first().innerText();
    await page.fill('#f-code', code(key));
    await send(page);
    await look(page, 'en-recovery-codes');
    const recovery = await page.locator('.codes code').first().innerText();
    await page.goto(`${server.url}/`);
    await look(page, 'en-start-administrator-first');
    await page.locator('header form button').click();
    await page.waitForURL(/sign-in/);

    const name = await nameOf(own, link, server);
    await signIn(page, server.url, name, 'not the password at all');
    expect((await page.locator('[role=alert]').count()) === 1, 'a wrong password is not said');
    await look(page, 'en-sign-in-wrong');
    await signIn(page, server.url, name, password);
    await page.fill('#f-code', '000000');
    await send(page);
    expect((await page.title()).startsWith('Error:'), 'a wrong code is taken');
    await page.fill('#f-code', recovery);
    await send(page);
    expect((await page.locator('.menu').count()) === 1, 'a recovery code does not open');

    // the link works once
    const late = await open(own);
    const answer = await late.goto(link);
    expect(answer.status() >= 400, `the link works twice: ${answer.status()}`);
    // a session that is over: the cookie is nobody's any more
    const session = (await page.context().cookies()).find((cookie) => cookie.name.startsWith('firstplace-'));
    await page.context().addCookies([{ name: session.name, value: 'A'.repeat(43), url: server.url }]);
    await page.goto(`${server.url}/accounts`);
    expect(page.url().includes('/sign-in'), 'a session that is over still opens a page');
    const log = await server.stop();
    expect(!log.includes(recovery) && !log.includes('welcome/' + link.slice(-20)), 'the access log tells too much');
    place.remove();
}

async function nameOf(own, link, server) {
    return server.said.match(/account "([^"]+)"/)?.[1] ?? 'administrator';
}

const rooms = {
    administrator: ['/', '/accounts', '/accounts/new', '/accounts/FIRST', '/log', '/account'],
    coordinator: ['/', '/clients', '/clients/new', '/clients/p001', '/clients/p001/consent', '/clients/p001/erase',
        '/retention', '/fidelity', '/research/unlock', '/nowhere'],
    coach: ['/', '/clients', '/clients/FIRST', '/clients/FIRST/consent', '/accounts'],
    researcher: ['/', '/research'],
    reviewer: ['/', '/fidelity'],
};

/** Every page of every role, in both languages. */
async function everyPage(own, server, secret) {
    for (const [role, paths] of Object.entries(rooms))
        for (const language of ['nl', 'en']) {
            const page = await open(own);
            await page.context().addCookies([{ name: 'language', value: language, url: server.url }]);
            await signIn(page, server.url, role, secret);
            for (const path of paths) await visit(page, server, role, language, path);
            await page.context().close();
        }
}

async function visit(page, server, role, language, path) {
    let target = path;
    if (path.includes('FIRST')) {
        await page.goto(server.url + path.slice(0, path.indexOf('/FIRST')));
        target = path.replace(/^.*FIRST/, await page.locator('tbody th a').first().getAttribute('href'));
    }
    await page.goto(server.url + target);
    expect((await page.getAttribute('html', 'lang')) === language, `${target}: not in ${language}`);
    const name = path === '/' ? 'start' : path.slice(1).replace(/\//g, '-').toLowerCase();
    await look(page, `${language}-${role}-${name}`);
}

/** The keyboard alone: sign in, find a client, save a record; the focus is always to be seen. */
async function keyboard(own, server, secret) {
    const page = await open(own);
    await page.goto(`${server.url}/sign-in`);
    await tabTo(page, '#f-name');
    await page.keyboard.type('coach');
    await tabTo(page, '#f-password');
    await page.keyboard.type(secret);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.menu');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement.getAttribute('href') === '#main'), 'no skip link comes first');
    await tabTo(page, '.menu a[href="/clients"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('tbody th a');
    await tabTo(page, 'tbody th a');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#f-phone');
    await tabTo(page, '#f-phone');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('020 555 0199');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=status]');
    expect((await page.inputValue('#f-phone')) === '020 555 0199', 'what was typed was not saved');
    await look(page, 'en-coach-saved');
    await page.reload();
    expect((await page.locator('[role=status]').count()) === 0, 'success is said twice');
    await page.context().close();
}

async function tabTo(page, selector) {
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate((wanted) => {
            const e = document.activeElement, style = getComputedStyle(e);
            return { there: e.matches(wanted), seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, html: e.outerHTML.slice(0, 120) };
        }, selector);
        expect(at.seen || at.html.startsWith('<body'), `the focus cannot be seen on ${at.html}`);
        if (at.there) return;
    }
    throw new Error(`${selector} is not reached with the Tab key on ${page.url()}`);
}

/** What is wrong is said beside the field, with a link to it, and nothing typed is lost. */
async function mistakes(own, server, secret) {
    const page = await open(own, { locale: 'nl-NL', viewport: { width: 390, height: 844 } });
    await signIn(page, server.url, 'coordinator', secret);
    await page.goto(`${server.url}/clients/p002`);
    await page.fill('#f-bsn', '123456789');
    await page.fill('#f-birth_date', '31-02-1990');
    await page.fill('#f-family_name', '<b>"O\'Neil" & co</b>');
    await page.locator('main form:has(#f-bsn) button[type=submit]').click();
    await page.waitForSelector('.wrong-list');
    expect((await page.inputValue('#f-family_name')) === '<b>"O\'Neil" & co</b>', 'a name was lost on a mistake');
    expect((await page.inputValue('#f-bsn')) === '123456789', 'a wrong BSN was lost');
    await page.locator('.wrong-list a').first().click();
    expect(await page.evaluate(() => document.activeElement.matches('input')), 'a link of the list does not lead to its field');
    await look(page, 'nl-coordinator-client-wrong');
    await page.context().close();
}

/** Without script: sign in, save, sign out. */
async function withoutScript(own, server, secret) {
    const page = await open(own, { javaScriptEnabled: false });
    await signIn(page, server.url, 'coordinator', secret);
    await page.goto(`${server.url}/clients/new`);
    await page.fill('main input[type=text] >> nth=0', 'zz-1');
    await send(page);
    expect(page.url().includes('zz-1'), 'without script no client is registered');
    await page.locator('header form button').click();
    await page.waitForURL(/sign-in/);
    await page.context().close();
}

/** The client's own page: a link is made, followed by somebody without an account, and consent withdrawn. */
async function ownPage(own, server, secret) {
    const page = await open(own);
    await signIn(page, server.url, 'coordinator', secret);
    await page.goto(`${server.url}/clients/p003`);
    await page.locator('form[action$="/link"] button').click();
    const path = (await page.locator('main code').first().innerText()).match(/\/me\/\S+/)[0];
    await look(page, 'en-coordinator-client-link');
    const client = await open(own, { locale: 'nl-NL', viewport: { width: 390, height: 844 } });
    await client.goto(server.url + path);
    await look(client, 'nl-client-own');
    await client.locator('main input[type=radio]').first().check();
    await send(client);
    await client.waitForSelector('[role=status]');
    await look(client, 'nl-client-own-stopped');
    await client.locator('footer button[lang=en]').click();
    await client.waitForSelector('html[lang=en]');
    await look(client, 'en-client-own-stopped');
    await page.context().close();
    await client.context().close();
}

async function demo(own) {
    const server = await serve(program, ['--demo', '--port', '0'], /Control-C stops it/);
    const secret = server.said.match(/password: (\S+)/)[1];
    await everyPage(own, server, secret);
    await keyboard(own, server, secret);
    await mistakes(own, server, secret);
    await withoutScript(own, server, secret);
    await ownPage(own, server, secret);
    await server.stop();
}

const own = await browser(executable);
try {
    await firstStart(own);
    await demo(own);
} catch (error) {
    problems.push(String(error.stack ?? error));
} finally {
    await own.close();
}
for (const problem of problems) console.log(problem);
console.log(`${looked} pages looked at, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
