import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Chromium or Chrome on this machine; undefined if there is none. The variable `CHROMIUM` names another one. */
export const chromium: string | undefined = [
  process.env.CHROMIUM ?? '',
  ...(process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) =>
      ['chromium', 'chromium-browser', 'google-chrome', 'chrome'].map((name) => path.join(folder, name)),
    ),
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((file) => file !== '' && existsSync(file));

/** A page in a browser without a window. */
export interface BrowserPage {
  /** Evaluates an expression in the page, and waits if it is a promise. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression is true in the page. */
  until(expression: string): Promise<void>;
  /** Presses a key as a person does: a character, or `Enter`, `Delete`, `ArrowRight`, `Tab` and so on. */
  press(key: string, options?: { ctrl?: boolean }): Promise<void>;
  setColorScheme(scheme: 'light' | 'dark'): Promise<void>;
  /** A PNG file. */
  screenshot(): Promise<Buffer>;
  /** Messages of the console, and errors that were not caught. */
  readonly messages: string[];
  /** Another tab of the same browser. */
  open(url: string): Promise<BrowserPage>;
  /** Ends the browser. */
  close(): Promise<void>;
}

/** Opens a page in a new browser, which is controlled by the DevTools protocol through pipes. */
export async function openInChromium(url: string): Promise<BrowserPage> {
  const profile = mkdtempSync(path.join(tmpdir(), 'fastts-chromium-'));
  const child = spawn(
    chromium!,
    [
      ...['--headless=new', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu', '--no-sandbox'],
      ...['--disable-dev-shm-usage', '--window-size=1280,900', `--user-data-dir=${profile}`],
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const connection = new Connection(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const onEnd = (reason: unknown) => connection.end(new Error(`${chromium} has ended: ${reason}`));
  child.on('error', onEnd).on('exit', (code, signal) => onEnd(code ?? signal));
  const close = async () => {
    const ended = once(child, 'exit');
    if (child.kill('SIGKILL')) await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return Tab.open(connection, url, close);
}

type Message = {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: object;
  result?: object;
  error?: object;
};

/** Messages as JSON, each ended by a NUL character. */
class Connection {
  private readonly waiting = new Map<
    number,
    { done: (message: Message) => void; fail: (error: Error) => void }
  >();
  private ended: Error | undefined;
  private readonly listeners: ((message: Message) => void)[] = [];
  private id = 0;

  constructor(
    private readonly input: Writable,
    output: Readable,
  ) {
    let rest = '';
    input.on('error', (error) => this.end(error));
    output.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop()!;
      for (const part of parts) this.receive(JSON.parse(part));
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the results of the protocol are not described
  async send(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = ++this.id;
    if (this.ended) throw this.ended;
    const answer = new Promise<Message>((done, fail) => this.waiting.set(id, { done, fail }));
    this.input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  onEvent(listener: (message: Message) => void): void {
    this.listeners.push(listener);
  }

  /** Fails what waits for an answer, and what asks later. */
  end(error: Error): void {
    this.ended ??= error;
    for (const { fail } of this.waiting.values()) fail(error);
    this.waiting.clear();
  }

  private receive(message: Message): void {
    if (message.id === undefined) for (const listener of this.listeners) listener(message);
    else {
      this.waiting.get(message.id)?.done(message);
      this.waiting.delete(message.id);
    }
  }
}

class Tab implements BrowserPage {
  readonly messages: string[] = [];

  private constructor(
    private readonly connection: Connection,
    private readonly session: string,
    readonly close: () => Promise<void>,
  ) {}

  static async open(connection: Connection, url: string, close: () => Promise<void>): Promise<Tab> {
    const { targetId } = await connection.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await connection.send('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(connection, sessionId, close);
    connection.onEvent((message) => {
      if (message.sessionId !== sessionId) return;
      const isMessage = ['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'].includes(
        message.method!,
      );
      if (isMessage) tab.messages.push(JSON.stringify(message.params));
    });
    for (const domain of ['Runtime', 'Log', 'Page']) await tab.send(`${domain}.enable`);
    await tab.send('Page.navigate', { url });
    return tab;
  }

  open(url: string): Promise<BrowserPage> {
    return Tab.open(this.connection, url, this.close);
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      ...{ awaitPromise: true, returnByValue: true },
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  async until(expression: string): Promise<void> {
    while (!(await this.evaluate(expression))) await new Promise((done) => setTimeout(done, 20));
  }

  async press(key: string, { ctrl = false } = {}): Promise<void> {
    const isCharacter = key.length === 1;
    const text = key === 'Enter' ? '\r' : isCharacter && !ctrl ? key : undefined;
    const windowsVirtualKeyCode = isCharacter ? key.toUpperCase().charCodeAt(0) : CODES[key];
    const event = {
      key,
      code: isCharacter ? undefined : key,
      windowsVirtualKeyCode,
      modifiers: ctrl ? 2 : 0,
    };
    await this.send('Input.dispatchKeyEvent', { ...event, type: text ? 'keyDown' : 'rawKeyDown', text });
    await this.send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
  }

  async setColorScheme(value: 'light' | 'dark'): Promise<void> {
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }

  // biome-ignore lint/suspicious/noExplicitAny: the results of the protocol are not described
  private send(method: string, params?: object): Promise<any> {
    return this.connection.send(method, params, this.session);
  }
}

/** Windows virtual key codes, by which Chromium knows keys. */
const CODES: Readonly<Record<string, number>> = {
  ...{ Backspace: 8, Tab: 9, Enter: 13, PageUp: 33, PageDown: 34, End: 35, Home: 36 },
  ...{ ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Delete: 46 },
};
