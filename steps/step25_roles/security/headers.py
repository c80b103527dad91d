"""Header fields that tell a browser what a page may do, and who may use the page.

Which view has an exception, and which requests are refused, is decided in `hardening`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from secrets import token_urlsafe
from typing import Any, Self
from wsgiref.types import WSGIEnvironment

from .. import request

Field = tuple[str, str]
Sources = str | Sequence[str] | None
Directives = Mapping[str, Sources]

# what a page may load, run, send to, and be framed by (CSP3, section 6)
DIRECTIVES: Directives = {
    "default-src": "'self'",
    "script-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
# which origins may use which part of the visitor's device: none
FEATURES: Directives = {"camera": "()", "geolocation": "()", "microphone": "()"}
# option -> its values: browsers would ignore any other, and our own checks might, too
CHOICES: Mapping[str, Sequence[str | bool | None]] = {
    "content_security_policy_report_only": (True, False),
    "cross_origin_embedder_policy": (
        "require-corp",
        "credentialless",
        "unsafe-none",
        None,
    ),
    "cross_origin_opener_policy": (
        "same-origin",
        "same-origin-allow-popups",
        "noopener-allow-popups",
        "unsafe-none",
        None,
    ),
    "cross_origin_resource_policy": ("same-origin", "same-site", "cross-origin", None),
    "referrer_policy": (
        "no-referrer",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
        "origin",
        "origin-when-cross-origin",
        "no-referrer-when-downgrade",
        "unsafe-url",
        None,
    ),
    "force_https": (True, False),
    "force_https_permanent": (True, False),
    "strict_transport_security": (True, False),
    "strict_transport_security_include_subdomains": (True, False),
    "strict_transport_security_preload": (True, False),
}
# seconds
YEAR = 365 * 24 * 60 * 60
# environ key -> the nonce of the response, or None if it was sent without one
NONCE = "hardening.nonce"


def csp_nonce() -> str:
    """Return the nonce that lets a script in this response run.

    Write `<script nonce="{{ csp_nonce() }}">`. The page isn't cached then, since
    a known nonce protects nobody. Raises `RuntimeError` once the headers are sent.
    """
    return nonce_of(request.environ)


def nonce_of(environ: WSGIEnvironment) -> str:
    """Return the nonce of a request's response, made when it's first needed."""
    if NONCE not in environ:
        # 128 random bits (CSP3, section 7.1)
        environ[NONCE] = token_urlsafe(16)
    nonce: str | None = environ[NONCE]
    if nonce is None:
        raise RuntimeError(
            "the headers have been sent, so the response can't have a nonce anymore:"
            " call csp_nonce() in the view, before the stream starts"
        )
    return nonce


@dataclass(frozen=True)
class Policy:
    """What the responses of an app, or of one of its views, tell browsers.

    If an option is None, its field, or its part of one, is left out.
    """

    content_security_policy: Directives | None = field(
        default_factory=lambda: DIRECTIVES
    )
    # the directives that allow the nonce, if the page has asked for one
    content_security_policy_nonce_in: Sources = "script-src"
    # whether browsers only report what is forbidden, and where they report it
    content_security_policy_report_only: bool = False
    content_security_policy_report_uri: str | None = None
    cross_origin_embedder_policy: str | None = None
    cross_origin_opener_policy: str | None = "same-origin"
    cross_origin_resource_policy: str | None = "same-origin"
    permissions_policy: Directives | None = field(default_factory=lambda: FEATURES)
    # with "no-referrer", we wouldn't recognize our own forms either
    referrer_policy: str | None = "same-origin"
    # whether plain HTTP is redirected, and whether browsers remember that
    force_https: bool = True
    force_https_permanent: bool = False
    strict_transport_security: bool = True
    # seconds; until they are over, browsers won't go back to plain HTTP
    strict_transport_security_max_age: int = YEAR
    strict_transport_security_include_subdomains: bool = False
    strict_transport_security_preload: bool = False

    def __post_init__(self) -> None:
        parts = [
            *(self.content_security_policy or {}).items(),
            *(self.permissions_policy or {}).items(),
            ("report-uri", self.content_security_policy_report_uri),
            ("nonce-in", self.content_security_policy_nonce_in),
            ("max-age", str(self.strict_transport_security_max_age)),
        ]
        for name, value in parts:
            check_text(name, value, ";,")
        # some of these have semicolons or commas of their own
        for name, value in self.plain_fields:
            check_text(name, value)
        for name in CHOICES:
            check_choice(name, getattr(self, name))
        if self.strict_transport_security_preload and not (
            self.strict_transport_security_include_subdomains
            and self.strict_transport_security_max_age >= YEAR
        ):
            raise ValueError(
                "browsers preload a host for a year at least, and with its subdomains:"
                " strict_transport_security_preload needs"
                " strict_transport_security_include_subdomains, and a"
                f" strict_transport_security_max_age of {YEAR} or more"
            )

    def but(self, **options: Any) -> Self:
        """Return this policy with other options; dictionaries add to its own.

        Raises `TypeError` for an unknown option, `ValueError` for a wrong value.
        """
        for name, value in options.items():
            if isinstance(value, Mapping):
                options[name] = {**(getattr(self, name, None) or {}), **value}
        return replace(self, **options)

    @cached_property
    def fields(self) -> list[Field]:
        """The fields of a response without a nonce."""
        return [*self.plain_fields, *self.content_fields(None)]

    def fields_with(self, nonce: str, status: str) -> list[Field]:
        """Return the fields of a response with a nonce.

        After a 304, a browser goes on with the page it has, and with that one's nonce.
        """
        own = [] if status.startswith("304") else self.content_fields(nonce)
        return [*self.plain_fields, *own]

    @cached_property
    def plain_fields(self) -> list[Field]:
        """The fields that say the same in every response."""
        features = self.permissions_policy or {}
        permissions = [f"{name}={to_text(f)}" for name, f in features.items() if f]
        fields = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": self.referrer_policy,
            "Permissions-Policy": ", ".join(permissions),
            "Cross-Origin-Opener-Policy": self.cross_origin_opener_policy,
            "Cross-Origin-Resource-Policy": self.cross_origin_resource_policy,
            "Cross-Origin-Embedder-Policy": self.cross_origin_embedder_policy,
        }
        return [(name, value) for name, value in fields.items() if value]

    def content_fields(self, nonce: str | None) -> list[Field]:
        """Return the content security policy as a field, or none without a policy."""
        if self.content_security_policy is None:
            return []
        directives = dict(self.content_security_policy)
        nonce_in = to_text(self.content_security_policy_nonce_in).split()
        for name in nonce_in if nonce else ():
            # with sources of its own, it ignores those of `default-src`
            sources = directives.get(name) or directives.get("default-src")
            directives[name] = f"{to_text(sources)} 'nonce-{nonce}'"
        directives["report-uri"] = self.content_security_policy_report_uri
        parts = [
            f"{name} {to_text(sources)}".rstrip()
            for name, sources in directives.items()
            if sources is not None
        ]
        mode = "-Report-Only" if self.content_security_policy_report_only else ""
        name = f"Content-Security-Policy{mode}"
        return [(name, "; ".join(parts))] if parts else []

    @cached_property
    def transport_fields(self) -> list[Field]:
        """The field that makes browsers use HTTPS from now on (RFC 6797)."""
        parts = [
            f"max-age={self.strict_transport_security_max_age}",
            "includeSubDomains" * self.strict_transport_security_include_subdomains,
            "preload" * self.strict_transport_security_preload,
        ]
        value = "; ".join(filter(None, parts))
        name = "Strict-Transport-Security"
        return [(name, value)] if self.strict_transport_security else []


def to_text(sources: Sources) -> str:
    """Return sources as they're sent: with spaces between them."""
    return sources if isinstance(sources, str) else " ".join(sources or ())


def check_text(name: str, value: Sources, separators: str = "") -> None:
    """Raise `ValueError` if a value could end its field, or its part of one, early."""
    text = f"{name} {to_text(value)}"
    if not text.isprintable() or not text.isascii() or set(text) & set(separators):
        raise ValueError(
            f"{name!r} is {value!r} in a policy: leave out line breaks, and in a"
            " directive commas and semicolons, and write names of hosts in ASCII"
        )


def check_choice(name: str, value: Any) -> None:
    """Raise `ValueError` if an option's value, or a part of it, isn't a choice."""
    choices = CHOICES[name]
    if not all(part in choices for part in choices_in(name, value)):
        raise ValueError(
            f"{name} is {value!r}: use {', '.join(map(repr, choices[:-1]))}"
            f" or {choices[-1]!r}"
        )


def choices_in(name: str, value: Any) -> list[Any]:
    """Return what an option chooses, without fallbacks' commas and parameters."""
    if isinstance(value, str) and name == "referrer_policy":
        # the last one that a browser knows counts
        return [part.strip() for part in value.split(",")]
    if isinstance(value, str) and name != "cross_origin_resource_policy":
        # after a semicolon, it may say where to report
        return [value.partition(";")[0].rstrip()]
    return [value]
