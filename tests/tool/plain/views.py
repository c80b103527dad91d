"""Classes that answer: what becomes of one when it's registered, and what it calls."""

from werkzeug.exceptions import (
    MethodNotAllowed,
    PreconditionFailed,
    PreconditionRequired,
)

from .web import request, verbs_of

VERBS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]


class View:
    methods = provide_automatic_options = None
    decorators = []
    init_every_request = True

    def dispatch_request(self, **values):
        missing = f"{type(self).__qualname__} has to have a dispatch_request"
        raise NotImplementedError(missing)

    @classmethod
    def as_view(cls, name, *args, **options):
        return Registered(cls, name, args, options).function()


class Registered:
    """One class, under one name."""

    def __init__(self, cls, name, args, options):
        self.cls, self.name = cls, name
        self.make = lambda kind: kind(*args, **options)
        self.keeps = not cls.init_every_request
        self.kept = self.make(cls) if self.keeps else None

    def function(self):
        def view(**values):
            who = self.kept if self.keeps else self.make(self.outermost.view_class)
            return who.dispatch_request(**values)

        self.outermost = self.labeled(view)
        for wrap in self.cls.decorators:
            self.outermost = self.labeled(wrap(self.outermost))
        return self.outermost

    def labeled(self, function):
        cls = self.cls
        known = {
            "__name__": self.name,
            "__doc__": cls.__doc__,
            "__module__": cls.__module__,
            "view_class": cls,
            "methods": cls.methods,
            "provide_automatic_options": cls.provide_automatic_options,
        }
        for key, value in known.items():
            setattr(function, key, value)
        return function


class MethodView(View):
    def __init_subclass__(cls):
        super().__init_subclass__()
        if "methods" in cls.__dict__:
            return
        gathered = {verb for verb in VERBS if verb in cls.__dict__}
        for base in cls.__bases__:
            gathered |= told_by(base)
        cls.methods = [
            verb.upper()
            for verb in gathered
            if getattr(cls, verb, "somebody writes it later") is not None
        ]

    def dispatch_request(self, **values):
        asked = request.method.lower()
        for verb in [asked] if asked != "head" else ["head", "get"]:
            if found := getattr(self, verb, None):
                return found(**values)
        listed = told_by(type(self))
        able = [verb.upper() for verb in listed if getattr(self, verb, None)]
        raise MethodNotAllowed(able)


def told_by(cls):
    """Name the verbs of a class, in small letters: its list, or else what it has."""
    if not issubclass(cls, View):
        return {verb for verb in VERBS if getattr(cls, verb, None)}
    try:
        return {each.lower() for each in verbs_of(cls.methods or [])}
    except TypeError as error:
        raise TypeError(f"{cls.__name__}: {error}: give a list") from None


def check_if_match(etag):
    given = request.environ.get("HTTP_IF_MATCH")
    if given is None:
        raise PreconditionRequired("Which version was it? If-Match says so.")
    tags = request.if_match
    if not tags.star_tag and not tags.is_strong(etag):
        raise PreconditionFailed("It isn't that version any more.")
