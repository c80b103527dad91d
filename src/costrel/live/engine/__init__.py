"""The engine of the live step: what runs in a worker of the reader's browser.

`page/cage.js` starts `page/worker.js` where it reaches no other server. That loads
Python and these modules, and hands each message to `engine.Engine`. They need nothing
but the standard library, run in ordinary Python as well, and have their tests there.
What the reader sees and presses is in the folder `page`.

A message has a `kind`, and its answer `ok`, `seconds` and `dead`: Python has ended, or
has no memory left, and a new worker is needed.

    {kind: "load", data}      data: {step, files, attacks, naive, bytes}; `bytes` is
                              their size, `naive` the file that the attacks get into
    {kind: "run", files}      -> {log}; files: those of the step that were edited
    {kind: "reset"}           -> {log}; forgets cookies, and runs again
    {kind: "send", request}   -> {hops, cookies, way, error, log, precision}
    {kind: "attack", number, files}
                              -> {naive, step}, both {ok, hops, worked, error, log}

    file      text, or {base64: text}; null takes the file away
    request   {method, path, headers, body, follow, visitor, leave}: all but `path` may
              be left out; `visitor` has cookies of its own, and leaves after `leave`
              pieces of the answer
    hop       {request: {line, headers, body, size}: a body is cut, `size` is its own,
               response: {status, reason, headers, body, text, seconds, streamed, cut},
               note}: `text` is null for what is none, `streamed` counts the pieces,
              `note` says why a redirect was not followed
    cookie    {name, value, domain, path, expires, secure, httponly, samesite}
    way       [{hop, file, function, symbol, line, depth, micros, times, own}]: each
              function below its caller; `own` is the step's, not the reader's app;
              times below `precision` (microseconds) can't be told
    attack    {app, requests, worked} and what the page says of it: `app` is the module
              that each side gets as `target.py`, `worked` a regular expression that is
              searched in the answers as they are on the wire
    error     {type, message, file, line, column, traceback}: the place is in the
              reader's files, or null; `type` is empty for what the engine says itself
    frame     {file, line, function, code, own}: of a traceback
"""
