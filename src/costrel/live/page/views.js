// How the live step looks: the HTML of its parts.
import { html } from "./html.js";

/**
 * @import { AppError, AppResponse, Attack, Call, Cookie, Frame, Header, Hop, Sent, Side,
 *   StepData } from "./protocol"
 */

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
// characters of a body that are shown, and bytes of one that is edited as text
const LONGEST = 4000;
const EDITABLE = 20_000;
// what is typed here is no prose
const LITERAL = html`autocapitalize="off" spellcheck="false"`;

// --- the whole

/**
 * `isRoomy` opens what a phone has no room for before it is asked.
 * @param {StepData} data
 * @param {boolean} isRoomy
 */
export function layout({ files, demo, visit, attacks, naive, number }, isRoomy) {
  const isText = (/** @type {string} */ name) => typeof files[name] === "string";
  const rest = Object.keys(files).filter((name) => isText(name) && !demo.includes(name));
  return html`
<div class="live__files">
  <label>File
    <select class="live__file">${fileGroup("The app", demo)}${fileGroup("The framework", rest)}</select>
  </label>
  <p class="live__changed"></p>
</div>
<div class="live__editor"></div>
<div class="live__buttons">
  <button type="button" class="live__run" title="Ctrl+Enter in the editor">Run</button>
  <button type="button" class="live__stop" disabled>Stop</button>
  <button type="button" class="live__reset" hidden>Reset file</button>
  <button type="button" class="live__clear" hidden>Reset all</button>
</div>
${addressBar(visit, isRoomy)}
<p class="live__old" hidden>This is still the answer from before:</p>
<div class="live__views">
  <div class="live__answer"><p class="live__title live__page">The page</p></div>
  <details class="live__part" ${open(isRoomy)}>
    <summary>Request and response</summary>
    <div class="live__exchange" ${region("Request and response")}></div>
  </details>
</div>
<div class="live__jar"></div>
<details class="live__part live__errors" hidden>
  <summary>What went wrong, and what was printed</summary>
  <div class="live__log"></div>
</details>
<details class="live__part">
  <summary>The path of the request</summary>
  <div class="live__way" ${region("The path of the request")}></div>
</details>
${attacks.map((attack, index) => danger(attack, index, number, isRoomy && !index))}
${attacks.length ? naiveView(naive) : ""}`;
}

/** @param {unknown} isOpen */
const open = (isOpen) => (isOpen ? "open" : "");

/**
 * Make what scrolls reachable by keyboard, and name it.
 * @param {string} name
 */
const region = (name) => html`tabindex="0" role="region" aria-label="${name}"`;

/**
 * @param {string} label
 * @param {string[]} names
 */
const fileGroup = (label, names) => html`
<optgroup label="${label}">
  ${names.map((name) => html`<option value="${name}">${name}</option>`)}
</optgroup>`;

/**
 * List the files that are not as the book has them: each can be opened.
 * @param {string[]} names
 */
export const changedView = (names) =>
  names.length ? html`Changed: ${names.map((name) => html`${fileButton(name)} `)}` : "";

/** @param {string} name */
const fileButton = (name) => html`<button type="button" data-open="${name}">${name}</button>`;

/**
 * @param {StepData["visit"]} visit
 * @param {boolean} isRoomy
 */
const addressBar = ({ method, path, headers, body }, isRoomy) => html`
<form class="live__address">
  <select name="method" aria-label="Method">${METHODS.map((name) => option(name, method))}</select>
  <input name="path" aria-label="Address" value="${path}" ${LITERAL} autocomplete="off">
  <button>Send</button>
  <details class="live__part" ${open(isRoomy && (body || Object.keys(headers).length))}>
    <summary>Headers and body</summary>
    <label>Headers, one on each line
      <textarea name="headers" rows="2" ${LITERAL}>
${fieldsText(Object.entries(headers))}</textarea></label>
    <label>Body <span class="live__kept"></span>
      <textarea name="body" rows="2" ${LITERAL}>
${body}</textarea></label>
  </details>
</form>`;

/**
 * @param {string} name
 * @param {string} chosen
 */
const option = (name, chosen) =>
  html`<option ${name === chosen ? "selected" : ""}>${name}</option>`;

/**
 * @param {Attack} attack
 * @param {number} index
 * @param {number} step
 * @param {boolean} isOpen
 */
const danger = ({ title, story, app, not_in_browser: why }, index, step, isOpen) => html`
<details class="live__part live__danger" ${open(isOpen)}>
  <summary>The attack: ${title}</summary>
  <p>${story}</p>
  ${why ? elsewhere(why, step) : assault(index)}
  <details class="live__part">
    <summary>The app that is attacked</summary>
    <pre tabindex="0">${app.trim()}</pre>
  </details>
</details>`;

/** @param {number} index */
const assault = (index) => html`
<button type="button" class="live__attack" data-attack="${index}">Attack the naive version, then this step</button>
<div class="live__attacked"></div>`;

/**
 * @param {string} why
 * @param {number} step
 */
const elsewhere = (why, step) => html`
<p>${why} On your machine, <code>python3 book.py attack ${step}</code> makes this attack.</p>`;

/** @param {string} code */
const naiveView = (code) => html`
<details class="live__part">
  <summary>The naive version</summary>
  <pre tabindex="0">${code.trim()}</pre>
</details>`;

// --- request and response

/** @param {Header[]} pairs */
export const fieldsText = (pairs) => pairs.map(([name, value]) => `${name}: ${value}`).join("\n");

/** What the reader asks for can't be done: the message says why. */
export class RefusedError extends Error {}

/**
 * Read headers, one on each line. Throws `RefusedError` for a line that is none.
 * @param {string} text
 * @returns {Header[]}
 */
export function fields(text) {
  return text.split("\n").flatMap((line) => {
    const [name, value] = line.split(/:(.*)/s, 2).map((part) => part.trim());
    if (!line.trim()) return [];
    if (name && value !== undefined) return [[name, value]];
    throw new RefusedError(`"${line.trim()}" is no header: it is a name, a colon and a value.`);
  });
}

/**
 * Return a body as text, or null for one that is too long to be edited, or is no text.
 * @param {Uint8Array} body
 */
export function textOf(body) {
  if (body.length > EDITABLE) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

/** @param {number} count */
const bytes = (count) => `${Number(count).toLocaleString("en")} bytes`;

/** @param {Uint8Array} body */
export const keptBody = (body) => `(${bytes(body.length)}; what you type is sent instead)`;

/** @param {{size: number, largest: number}} upload in bytes */
export const tooLarge = ({ size, largest }) =>
  `The form has ${bytes(size)}, and the live step sends at most ${bytes(largest)}.`;

/** @param {Hop} hop */
const methodAndPath = ({ request }) => request.line.replace(/ HTTP\/1.1$/, "");

/**
 * Say in a line what was asked, where it led, and what came of it.
 * @param {Hop[]} hops
 */
export function summary(hops) {
  const { status, reason } = hops[hops.length - 1].response;
  return `${hops.map(methodAndPath).join(" led to ")}: ${status} ${reason}`;
}

/** @param {Hop[]} hops */
export const hopsView = (hops) => hops.map(hopView);

/**
 * @param {Hop} hop
 * @param {number} index
 * @param {Hop[]} hops
 */
function hopView({ request, response, note }, index, hops) {
  const { status, reason, streamed, cut, seconds } = response;
  const remarks = [
    streamed > 1 && `The body came in ${streamed} pieces.`,
    request.line.startsWith("HEAD ") &&
      response.body.length &&
      "The app has sent a body to HEAD; a server leaves it away.",
    cut && "The body was cut here: it is too long, or broke off.",
    note,
  ].filter(Boolean);
  return html`<div class="live__hop">
<p class="live__title">${leadsOn(hops[index - 1]) ? "Redirected to" : "Request"}</p>
<pre><b>${request.line}</b>${lines(request.headers)}${below(shortened(request.body, request.size))}</pre>
<p class="live__title">Response, ${milliseconds(seconds)}</p>
<pre><b data-status="${String(status)[0]}">HTTP/1.1 ${status} ${reason}</b>${lines(
    response.headers,
  )}${below(bodyText(response))}</pre>
${remarks.map((remark) => html`<p class="live__remark">${remark}</p>`)}</div>`;
}

/** @param {Hop | undefined} hop */
const leadsOn = (hop) =>
  hop && !hop.note && hop.response.headers.some(([name]) => name.toLowerCase() === "location");

/** @param {Header[]} pairs */
const lines = (pairs) =>
  pairs.map(
    ([name, value]) => html`
<span>${name}:</span> ${value}`,
  );

/** @param {string} text */
const below = (text) => (text ? `\n\n${text}` : "");

/** @param {AppResponse} response */
function bodyText({ text, body }) {
  if (text === null) return body.length ? `(${bytes(body.length)} that are no text)` : "";
  return shortened(text, body.length);
}

/**
 * @param {string} text
 * @param {number} size in bytes, of which the text may be a part
 */
const shortened = (text, size) =>
  text.length > LONGEST ? `${text.slice(0, LONGEST)}\n… cut here, of ${bytes(size)}` : text;

/** @param {number} seconds */
const milliseconds = (seconds) => `${(seconds * 1000).toFixed(1)} ms`;

// --- cookies

/** @param {Cookie[]} cookies */
export function cookiesView(cookies) {
  if (!cookies.length) return "";
  return html`<p class="live__title">The visitor's cookies
  <button type="button" class="live__forget">Forget them</button></p>
<ul class="live__cookies">${cookies.map(cookieView)}</ul>`;
}

/** @param {Cookie} cookie */
function cookieView(cookie) {
  const { name, value, path, expires, secure, httponly, samesite } = cookie;
  const flags = [
    httponly && "HttpOnly",
    secure && "Secure",
    samesite && `SameSite=${samesite}`,
    `Path=${path}`,
    expires && `Expires=${expires}`,
  ].filter(Boolean);
  const shown = flags.map((flag) => html` <span class="live__flag">${flag}</span>`);
  return html`<li><code><b>${name}</b>=${value}</code>${shown}</li>`;
}

// --- the path of a request

/**
 * @param {Sent} answer
 * @param {StepData["places"]} places
 */
export function wayView({ way, hops, precision }, places) {
  const several = new Set(way.map(({ hop }) => hop)).size > 1;
  const rows = way.map((call, index) => {
    const begins = several && call.hop !== way[index - 1]?.hop;
    const title = html`<li class="live__title">${hops[call.hop].request.line}</li>`;
    return html`${begins ? title : ""}${callView(call, places, precision)}`;
  });
  if (!rows.length) return html`<p>It went through no function of this step.</p>`;
  return html`<ol>${rows}</ol>`;
}

/**
 * @param {Call} call
 * @param {StepData["places"]} places
 * @param {number} precision in microseconds
 */
function callView(call, places, precision) {
  const { file, function: name, symbol, line, depth, micros, times } = call;
  const place = places[`${file}: ${symbol}`];
  const code = html`<code>${name}</code>`;
  return html`<li style="--depth:${Number(depth)}">
${place ? html`<a href="${place}">${code}</a>` : code}${times > 1 ? ` × ${times}` : ""}
<span>${file}:${line}</span>
<span class="live__time">${duration(micros, precision)}</span></li>`;
}

/**
 * @param {number} micros
 * @param {number} precision in microseconds
 */
function duration(micros, precision) {
  const shortest = Math.max(precision, 100);
  return micros < shortest ? `< ${shortest / 1000} ms` : `${(micros / 1000).toFixed(1)} ms`;
}

// --- errors

/**
 * @param {AppError | null} error
 * @param {string | undefined} log
 * @param {string[]} demo the files of the app
 */
export function troubleView(error, log, demo) {
  const logged = html`<p class="live__title">Printed and logged</p><pre tabindex="0">${log}</pre>`;
  return html`${error ? errorView(error, demo) : ""}${log ? logged : ""}`;
}

/**
 * @param {AppError} error
 * @param {string[]} demo
 */
function errorView({ type, message, traceback }, demo) {
  const frames = traceback.map((frame) => frameView(frame, demo.includes(frame.file)));
  return html`<p class="live__message"><strong>${type ? `${type}: ` : ""}${message}</strong></p>
<ol class="live__frames">${frames}</ol>`;
}

/**
 * @param {Frame} frame
 * @param {boolean} isTheirs
 */
function frameView({ file, line, function: name, code, own }, isTheirs) {
  const place = `${file}${line ? `, line ${line}` : ""}`;
  const button = html`<button type="button" data-open="${file}" data-line="${line}">${place}</button>`;
  return html`<li ${isTheirs ? html`class="live__own"` : ""}>
${own ? button : place}${name ? html` in <code>${name}</code>` : ""}
${code ? html`<pre>${code}</pre>` : ""}</li>`;
}

// --- the attack

/**
 * @param {Side & {name: string, means: string}} side
 * @param {string[]} demo
 */
export const sideView = ({ name, worked, hops, error, log, means }, demo) => html`
<section data-worked="${worked}">
  <p class="live__verdict">${name}: ${verdict(worked)}</p>
  <p>${error ? "" : means}</p>
  <div class="live__exchange" ${region(`The attack on ${name}`)}>
    ${hopsView(hops)}${troubleView(error, log, demo)}
  </div>
</section>`;

/** @param {boolean} worked */
export const verdict = (worked) => (worked ? "the attack worked" : "the attack failed");
