"""All of it, from the end to the beginning: answers, errors, rules, visitors, the app.

Nearly everything is a function that takes the app first; `App` lists those that are
its methods. What an app knows stands in three tables.
"""

import inspect
import ipaddress
import logging
import re
import sys
from collections.abc import Coroutine, Iterator
from contextvars import ContextVar

from werkzeug import wrappers
from werkzeug.datastructures import Headers
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    RequestHeaderFieldsTooLarge,
    abort,
    default_exceptions,
)
from werkzeug.local import LocalProxy
from werkzeug.routing import Map, RoutingException, Rule
from werkzeug.serving import is_running_from_reloader, run_simple
from werkzeug.test import Client

__all__ = ["App", "AppClient", "Request", "Response", "abort", "request"]

log = logging.getLogger("plain")

# whoever is not handed the request finds it here
now = ContextVar("now")
request = LocalProxy(now)


class Paper:
    """What nobody else writes down goes to stderr, whichever that is by then."""

    def write(self, text):
        sys.stderr.write(text)

    def flush(self):
        sys.stderr.flush()


paper = logging.StreamHandler(Paper())
paper.setFormatter(logging.Formatter("{asctime} {levelname} {message}", style="{"))


def diary(app):
    """Open the app's log, which somebody keeps in any case."""
    book = logging.getLogger(app.import_name)
    if app.debug and not book.level:
        book.setLevel("DEBUG")
    if not reads(book, book.getEffectiveLevel()):
        book.addHandler(paper)
    return book


def reads(book, level):
    """Return whether somebody has this log or one above it written down."""
    if any(each.level <= level for each in book.handlers):
        return True
    return bool(book.propagate and book.parent) and reads(book.parent, level)


class Request(wrappers.Request):
    """What was asked."""

    url_rule = None
    view_args = None

    @property
    def endpoint(self):
        return self.url_rule and self.url_rule.endpoint


LONG = 300


def refused(environ):
    """Say with which error a request is refused, if it is."""
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    lists = [
        value
        for key, value in environ.items()
        if key.startswith("HTTP_") or key == "CONTENT_TYPE"
    ]
    try:
        query.decode()
        request = wrappers.Request(environ)
        request.host.encode("idna").decode("idna")
        if bracketed := re.match(r"\[(.*)\]", request.host):
            ipaddress.IPv6Address(bracketed[1])
        for name in ("date", "if_modified_since", "if_unmodified_since", "if_range"):
            getattr(request, name)
        request.headers.get("Authorization", "").encode("ascii")
    except (ValueError, OverflowError):
        return BadRequest()
    if not request.host or query.count(b"&") > 999:
        return BadRequest()
    if any(len(v) > 9000 or len(re.findall("[,;]", v)) > LONG for v in lists):
        return RequestHeaderFieldsTooLarge()
    return None


class Response(wrappers.Response):
    """What is answered: a page, if nobody says otherwise."""

    default_mimetype = "text/html"


# --- what a function returned


def answer_of(function, request, *args, **values):
    """Call a view or a handler, and make a response of what it returns."""
    asked = {"request": request, "environ": request.environ}
    for name in asked.keys() & inspect.signature(function).parameters:
        values[name] = asked[name]
    result = function(*args, **values)

    def no(why):
        name = getattr(function, "__name__", repr(function))
        return TypeError(f"{name} returned {result!r}: {why}")

    body, status, headers = parted(result, no)
    response = bodied(body, request, no)
    match status:
        case None:
            pass
        case int():
            response.status_code = status
        case str():
            response.status = status
        case _:
            raise no(f"its status is {status!r}, but has to be an int or a str")
    # `Headers` keeps a name that comes twice
    response.headers.update(Headers(headers))
    return response


def parted(result, no):
    """Return body, status and headers."""
    match result:
        case (body, dict() | list() | Headers() as headers):
            return body, None, headers
        case (body, status):
            return body, status, ()
        case (_, _, _):
            return result
        case tuple():
            raise no("it may be (body, status), (body, headers) or all three of them")
    return result, None, ()


def bodied(body, request, no):
    """Make a response of a body alone."""
    match body:
        case wrappers.Response():
            return body
        case str() | bytes() | Iterator():
            return request.response_class(body)
        case None:
            raise no("there is no body; has it a `return`?")
        case Coroutine():
            body.close()
            raise no("it's an async def, and nobody awaits those")
    if callable(body):
        return request.response_class.from_app(body, request.environ)
    raise no("a body is text, bytes, an iterator, a response or a WSGI application")


# --- what went wrong


def register_error_handler(app, code_or_exception, f):
    kind = code_or_exception
    if isinstance(kind, int):
        if kind not in default_exceptions:
            raise ValueError(f"no error has the status {kind}")
        kind = default_exceptions[kind]
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        raise TypeError(f"{kind!r} is neither a status nor a kind of exception")
    app.handlers[kind] = f


def errorhandler(app, code_or_exception):
    def register(handler):
        register_error_handler(app, code_or_exception, handler)
        return handler

    return register


def soothed(app, request, error):
    """Answer an error: by the nearest handler, or by itself; raise it otherwise."""
    if is_answer(error):
        return error.get_response(request.environ)
    for kind in type(error).__mro__:
        if kind in app.handlers:
            return answer_of(app.handlers[kind], request, error)
    if isinstance(error, HTTPException):
        return error.get_response(request.environ)
    raise error


def is_answer(error):
    """Return whether it's raised without being an error, such as a redirect."""
    return isinstance(error, RoutingException) or (
        isinstance(error, HTTPException) and error.response is not None
    )


def confessed(app, request, error):
    """Answer an error that nobody expected: the log is told what it was."""
    if app.testing or app.debug:
        raise error
    # %r keeps a line break of the visitor's out of the log
    log.error("%s %r failed", request.method, request.path, exc_info=error)
    failure = InternalServerError(original_exception=error)
    try:
        return soothed(app, request, failure)
    except Exception:
        log.exception("the handler for it failed, too")
        return failure.get_response(request.environ)


# --- which view it is


def add_url_rule(
    app,
    rule,
    endpoint=None,
    view_func=None,
    provide_automatic_options=None,
    *,
    methods=None,
    **options,
):
    name = endpoint or getattr(view_func, "__name__", None)
    if name is None:
        raise ValueError(f"rule {rule!r} needs an endpoint or a view")
    if view_func and app.view_functions.get(name, view_func) != view_func:
        raise ValueError(f"{name!r} has a view already: give this one another endpoint")
    verbs = verbs_of(methods or getattr(view_func, "methods", None) or ["GET"])
    automatic = provide_automatic_options
    if automatic is None:
        automatic = getattr(view_func, "provide_automatic_options", None)
    if automatic is None:
        automatic = app.config["PROVIDE_AUTOMATIC_OPTIONS"] and "OPTIONS" not in verbs
    verbs |= verbs_of(getattr(view_func, "required_methods", []))
    made = app.url_rule_class(rule, endpoint=name, methods=verbs, **options)
    made.provide_automatic_options = automatic
    if automatic:
        made.methods.add("OPTIONS")
    app.url_map.add(made)
    if view_func:
        app.view_functions[name] = view_func


def verbs_of(methods):
    if isinstance(methods, str):
        raise TypeError(f"methods={methods!r} is one text; write [{methods!r}]")
    return {each.upper() for each in methods}


def route(app, rule, **options):
    def register(view):
        add_url_rule(app, rule, view_func=view, **options)
        return view

    return register


def endpoint(app, name):
    def register(view):
        app.view_functions[name] = view
        return view

    return register


def shortcut(verb):
    def register_for(app, rule, **options):
        if "methods" in options:
            raise TypeError(f"{verb} has one method already: no `methods` beside it")
        return route(app, rule, methods=[verb], **options)

    return register_for


def viewed(app, request):
    """Find the view of a request, and let it answer."""
    adapter = app.url_map.bind_to_environ(request.environ)
    request.url_rule, request.view_args = adapter.match(return_rule=True)
    automatic = getattr(request.url_rule, "provide_automatic_options", False)
    if automatic and request.method == "OPTIONS":
        response = app.response_class()
        response.allow.update(adapter.allowed_methods())
        return response
    view = app.view_functions[request.endpoint]
    return answer_of(view, request, **request.view_args)


# --- who asks when nobody is there


class AppClient(Client):
    """A visitor for tests, with an address and the name of a browser."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.environ_base = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "plain"}

    def run_wsgi_app(self, environ, buffered=False):
        # every way to ask leads here, also that of a redirect
        for key, value in self.environ_base.items():
            environ.setdefault(key, value)
        return super().run_wsgi_app(environ, buffered)


def test_client(app, use_cookies=True, **options):
    return app.test_client_class(app, Response, use_cookies=use_cookies, **options)


# --- who asks while the app is written


def run(app, host="127.0.0.1", port=5000, debug=None, **options):
    """Serve the app to whoever writes it."""
    if debug is not None:
        app.debug = debug
    # whoever reaches the debugger runs code here
    safe = is_this_machine(host)
    missed = app.debug and not safe and "use_debugger" not in options
    if missed and not is_running_from_reloader():
        log.warning("%s may be reached by others: there is no debugger", host)
    ours = {
        "use_reloader": app.debug,
        "use_debugger": app.debug and safe,
        "threaded": True,
    }
    run_simple(host, port, app, **{**ours, **options})


def is_this_machine(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- the app


def wsgi_app(app, environ, start_response):
    if error := refused(environ):
        return error(environ, start_response)
    request = app.request_class(environ)
    request.response_class = app.response_class
    before = now.set(request)
    try:
        response = answered(app, request)
    finally:
        now.reset(before)
    return response(environ, start_response)


def answered(app, request):
    try:
        try:
            return viewed(app, request)
        except Exception as error:
            return soothed(app, request, error)
    except Exception as error:
        return confessed(app, request, error)


class App:
    """A WSGI application, made of the functions above."""

    testing = debug = False
    test_client_class = AppClient
    request_class, response_class = Request, Response
    url_map_class, url_rule_class = Map, Rule

    def __init__(self, import_name):
        self.import_name = import_name
        # rule -> endpoint, endpoint -> view, class of errors -> handler
        self.url_map, self.view_functions, self.handlers = self.url_map_class(), {}, {}
        self.config = {"PROVIDE_AUTOMATIC_OPTIONS": True}

    logger = property(diary)
    wsgi_app = wsgi_app
    add_url_rule, route, endpoint = add_url_rule, route, endpoint
    get, post, put, patch, delete = map(
        shortcut, ("GET", "POST", "PUT", "PATCH", "DELETE")
    )
    register_error_handler, errorhandler = register_error_handler, errorhandler
    test_client, run = test_client, run

    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)

    def __repr__(self):
        return f"<plain application {self.import_name!r}>"
