// The types of what a page and its worker say to each other. What each part means is in
// `engine/__init__.py`; the file of a step is made by `step_data.py`.

/** Text, or the Base64 of a file that is none. */
export type FileContent = string | { base64: string };

/** Name of a file -> the reader's text in it. */
export type Edits = Record<string, string>;

export type Header = [name: string, value: string];

export interface Attack {
  title: string;
  story: string;
  app: string;
  breach: string;
  defense: string;
  not_in_browser: string;
}

/** What a step gives to its page: `live/NN-topic.json`. */
export interface StepData {
  step: string;
  number: number;
  bytes: number;
  files: Record<string, FileContent>;
  demo: string[];
  changes: Record<string, number>;
  opens: string;
  visit: { method: string; path: string; headers: Record<string, string>; body: string };
  places: Record<string, string>;
  attacks: Attack[];
  naive: string;
}

// --- messages to the worker

export interface AppRequest {
  method: string;
  path: string;
  headers?: Header[];
  body?: string | Uint8Array<ArrayBuffer>;
}

export type Message =
  | { kind: "load"; data: StepData }
  | { kind: "run"; files: Edits }
  | { kind: "reset" }
  | { kind: "send"; request: AppRequest }
  | { kind: "attack"; number: number; files: Edits };

// --- and its answers

export interface Frame {
  file: string;
  line: number | null;
  function: string;
  code: string;
  own: boolean;
}

export interface AppError {
  type: string;
  message: string;
  file: string | null;
  line: number | null;
  column?: number | null;
  traceback: Frame[];
}

export interface Failure {
  ok: false;
  error: AppError;
  log?: string;
  dead?: boolean;
}

export interface AppResponse {
  status: number;
  reason: string;
  headers: Header[];
  body: Uint8Array<ArrayBuffer>;
  text: string | null;
  seconds: number;
  streamed: number;
  cut: boolean;
}

export interface Hop {
  request: { line: string; headers: Header[]; body: string; size: number };
  response: AppResponse;
  note: string;
}

export interface Cookie {
  name: string;
  value: string;
  path: string;
  expires: string | null;
  secure: boolean;
  httponly: boolean;
  samesite: string | null;
}

export interface Call {
  hop: number;
  file: string;
  function: string;
  symbol: string;
  line: number;
  depth: number;
  micros: number;
  times: number;
}

export interface Sent {
  hops: Hop[];
  cookies: Cookie[];
  way: Call[];
  precision: number;
  error: AppError | null;
  log: string;
}

export interface Side {
  ok: boolean;
  hops: Hop[];
  worked: boolean;
  error: AppError | null;
  log: string;
}

/** Kind of a message -> what its answer holds. */
export interface Answers {
  load: { log: string };
  run: { log: string };
  reset: { log: string };
  send: Sent;
  attack: { naive: Side; step: Side };
}

export type Answer<M extends Message = Message> =
  | ({ ok: true; dead?: boolean } & Answers[M["kind"]])
  | Failure;

/** What the worker posts: the answer to the message with this `id`, or how far loading is. */
export type Posted =
  | { kind: "progress"; text: string; share: number }
  | (Answer & { kind?: undefined; id: number });
