"""The live step: what runs in a worker of the reader's browser.

`worker.js` loads Python, then these modules, and hands each message to
`engine.Engine`. They need nothing but the standard library, run in ordinary Python
as well, and have their tests there. A message is a dictionary with a `kind`; what is
sent and answered stands at the methods of that name in `engine`.
"""
