"""An independent framework in another style than the book's, up to step 6.

It was written by what the workshop tells a reader, without the chapters, and is kept so
that the tests ask for behaviour, and not for the inside of the book's own framework:
they have to pass on it.
"""

from .web import App, AppClient, Request, Response, abort

__all__ = ["App", "AppClient", "Request", "Response", "abort"]
