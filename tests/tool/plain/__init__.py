"""An independent framework in another style than the book's: steps 1 to 6, and step 17.

It was written by what the workshop tells a reader, without the chapters, and is kept so
that the tests ask for behaviour, and not for the inside of the book's own framework:
they have to pass on it.
"""

from .views import MethodView, View, check_if_match
from .web import App, AppClient, Request, Response, abort, request

__all__ = ["App", "AppClient", "MethodView", "Request", "Response", "View"]
__all__ += ["abort", "check_if_match", "request"]
