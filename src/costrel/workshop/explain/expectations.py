"""What a test expected and what came, in the words of HTTP rather than of pytest."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from signal import Signals
from typing import Any

LONGEST = 200
# attribute of a response -> what it is called
SUBJECTS = {
    "status_code": "the status",
    "status": "the status",
    "text": "the body",
    "data": "the body",
    "json": "the JSON in the body",
    "location": "the header Location",
    "allow": "the header Allow",
    "mimetype": "the media type",
    "content_type": "the header Content-Type",
    "content_length": "the header Content-Length",
    "vary": "the header Vary",
    "cache_control": "the header Cache-Control",
    "etag": "the header ETag",
    "history": "the redirects on the way",
}
CALLED = {
    "get_data": "the body",
    "get_json": "the JSON in the body",
    "repr": "its `repr`",
}
# what the standard library's validator says -> what it means
RULES = {
    r"Iterator yielded non-bytestring \((.*)\)": (
        "each piece of the body is bytes",
        r"a piece of the body is \1",
    ),
    r"You should not return a string as your application iterator.*": (
        "the body is an iterable of bytes, such as a list with one piece",
        "the body is a single string or bytes object",
    ),
    r"The application must return an iterator.*": (
        "the application returns an iterable of bytes, if only an empty list",
        "the application returned None: a `return` may be missing",
    ),
    r"The application returns and we started iterating over its body.*": (
        "`start_response` is called before the first piece of the body",
        "a piece of the body came before `start_response` was called",
    ),
    r"Invalid number of arguments: .*": (
        "`start_response` is called with the status and the list of headers",
        r"\g<0>",
    ),
    r"(Status|Header [a-z/]+) must be of type str \(got (.*)\)": (
        r"\1: a text",
        r"\1: \2",
    ),
    r"Status codes must be three characters: (.*)": (
        "a status such as `200 OK`: three digits, a space, and a phrase",
        r"the status begins with \1",
    ),
    r"Headers \(.*\) must be of type list.*": (
        "the headers are a list of pairs",
        "the headers are something other than a list",
    ),
    r"Individual headers \((.*)\) must be of type tuple.*": (
        "each header is a tuple of name and value",
        r"a header is \1",
    ),
    r"Bad header value: (.*) \(bad char: .*\)": (
        "a header is one line (RFC 9110, section 5.5)",
        r"a header's value is \1",
    ),
    r"No Content-Type header found in headers.*": (
        "a response with a body says in Content-Type what the body is",
        "there is no header Content-Type",
    ),
    r".*": ("the application keeps the rules of WSGI (PEP 3333)", r"\g<0>"),
}


@dataclass(frozen=True)
class Difference:
    """What was expected, and what came instead; both are sentences or empty."""

    expected: str
    came: str
    # the name that the package does not have; the test's line has it in it
    missing: str = ""


def difference(failure: dict[str, Any], label: str) -> Difference:
    """Say what a test expected and what it got from the package `label`."""
    if failure.get("died"):
        return Difference("", how_it_died(failure))
    message = first_part(failure["message"])
    if (
        "wsgiref" in failure.get("raised_in", "")
        and failure["type"] == "AssertionError"
    ):
        return by_the_rules(message)
    if found := DID_NOT_RAISE.search(message):
        return Difference(f"an error: {class_name(found[1])}", "no error at all")
    if found := NO_MATCH.search(failure["message"]):
        wanted = f"an error whose text matches {clean_pattern(found[1])}"
        return Difference(wanted, f"an error with the text {quoted(found[2])}")
    if found := NO_NAME.fullmatch(message):
        return no_name(found[1], label)
    if failure["type"] == "BadRequestKeyError" and (name := missing_header(failure)):
        return Difference(f"a header {name}", f"the answer has no header {name}")
    if failure["type"] not in ("AssertionError", "Failed"):
        return Difference(awaited(failure), raised(failure))
    statement = asserted(failure)
    if statement is None or statement.msg is not None:
        return Difference("", cut(message))
    values = failure["comparison"]
    if values is None:
        return plain_difference(statement, failure["message"])
    if compare_in(statement) is None:
        return one_of_several(statement, values)
    return compared(statement, values)


NO_NAME = re.compile(r"\S+ has no (\w+)")
DID_NOT_RAISE = re.compile(r"DID NOT RAISE (.*)")
NO_MATCH = re.compile(
    r"(?:Expected regex|Regex): (.*)\n\s*(?:Actual message|Input): (.*)", re.S
)


def no_name(name: str, label: str) -> Difference:
    """Say that the package does not have what a test imports."""
    wish = f"`from {label} import {name}` works"
    return Difference(wish, f"{label} has no {name}", name)


def missing_header(failure: dict[str, Any]) -> str:
    """Find the header for which a test has asked an answer in vain."""
    lines = Path(failure["file"]).read_text(encoding="utf-8").splitlines()
    found = re.search(r"headers\[['\"]([\w-]+)['\"]\]", lines[failure["line"] - 1])
    return found[1] if found and not failure["mine"] else ""


def first_part(message: str) -> str:
    """Take off what pytest adds below a message."""
    return re.split(r"\n(?:assert |\s*\+ )", message)[0].strip()


def class_name(text: str) -> str:
    found = re.findall(r"'([\w.]+)'", text)
    names = [each.rpartition(".")[2] for each in found or [text]]
    return " or ".join(f"`{name}`" for name in names)


def clean_pattern(text: str) -> str:
    return cut(text.strip())


NOT_CALLABLE = "'NoneType' object is not callable"
NO_ATTRIBUTE = re.compile(r"'(\w+)' object has no attribute '(\w+)'(\. Did .*)?")


def raised(failure: dict[str, Any]) -> str:
    missing = NO_ATTRIBUTE.fullmatch(failure["message"])
    if missing and not failure["mine"]:
        if missing[1] == "NoneType":
            return f"None, which has no `{missing[2]}`: a `return` may be missing"
        return f"`{missing[1]}` has no `{missing[2]}`"
    if failure["message"] == NOT_CALLABLE and not failure["mine"]:
        return "None, which can't be called: a `return` may be missing"
    text = f"{failure['type']}: {failure['message']}".removesuffix(": ")
    if failure["mine"] and failure["raised_in"] == failure["file"]:
        return f"your code let an error of the test's own function through: {cut(text)}"
    who = "your code raised" if failure["mine"] else "an error:"
    return f"{who} {cut(text)}"


def how_it_died(failure: dict[str, Any]) -> str:
    """Say how a test brought its whole process to an end."""
    if failure["died"] == "late":
        return "no answer: your code was still busy when its time was up"
    if failure["fatal"]:
        return "Python itself crashed while your code ran"
    return f"your code ended the whole process, {how_it_ended(failure['code'])}"


def how_it_ended(code: int | None) -> str:
    """Say by what a process ended: its own exit, or a signal."""
    if code is None or code >= 0:
        return f"with exit code {code}"
    try:
        return f"by the signal {Signals(-code).name}"
    except ValueError:
        return f"by the signal {-code}"


def by_the_rules(message: str) -> Difference:
    for pattern, (expected, came) in RULES.items():
        if found := re.fullmatch(pattern, message, re.S):
            return Difference(found.expand(expected), cut(found.expand(came)))
    raise AssertionError("the last rule takes everything")


# --- the statement that failed


def asserted(failure: dict[str, Any]) -> ast.Assert | None:
    """Find the statement of the test that failed."""
    around = statements_around(failure)
    return next((node for node in around if isinstance(node, ast.Assert)), None)


def awaited(failure: dict[str, Any]) -> str:
    """Say which error a test was waiting for, when another one came."""
    for node in statements_around(failure):
        match node:
            case ast.With(
                items=[
                    ast.withitem(
                        ast.Call(func=ast.Attribute(attr="raises"), args=[kind, *_])
                    )
                ]
            ):
                return f"an error: `{ast.unparse(kind)}`"
    return ""


def statements_around(failure: dict[str, Any]) -> list[ast.stmt]:
    """List the statements of the test that the failing line is in."""
    try:
        tree = ast.parse(Path(failure["file"]).read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return []
    line = failure["line"]
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]


def compare_in(statement: ast.Assert) -> ast.Compare | None:
    """Find the one comparison that a statement makes."""
    found = [node for node in ast.walk(statement.test) if isinstance(node, ast.Compare)]
    plain = [node for node in found if len(node.ops) == 1]
    return plain[0] if len(plain) == len(found) == 1 else None


def one_of_several(statement: ast.Assert, values: dict[str, str]) -> Difference:
    """Return which of several comparisons doesn't hold."""
    expected = f"`{cut(ast.unparse(statement.test))}`"
    left, right = cut(values["left"]), cut(values["right"])
    return Difference(expected, f"it is not so that {left} {values['op']} {right}")


def plain_difference(statement: ast.Assert, message: str) -> Difference:
    """Return what a statement without a comparison found."""
    expected = f"`{cut(ast.unparse(statement.test))}`"
    where = re.search(r"\+\s+where (.*)", message)
    if where is None or " object at 0x" in where[1]:
        return Difference(expected, "that is not so")
    return Difference(expected, f"`{cut(where[1])}`")


def compared(statement: ast.Assert, values: dict[str, str]) -> Difference:
    """Put a comparison into words: what the test has on its right was expected."""
    node = compare_in(statement)
    assert node is not None
    left, right = node.left, node.comparators[0]
    match values["op"]:
        case "==":
            pairs = list(elements(left, right, values))
            expected = "; ".join(said(each, want) for each, _, want in pairs)
            came = "; ".join(said(each, have) for each, have, _ in pairs)
            return Difference(expected, came)
        case "in":
            wanted = f"{quoted(values['left'])} in {subject(right)}"
            return Difference(wanted, said(right, values["right"]))
        case "not in":
            wanted = f"no {quoted(values['left'])} in {subject(right)}"
            return Difference(wanted, said(right, values["right"]))
    return Difference(f"`{cut(ast.unparse(node))}`", said(left, values["left"]))


def elements(
    left: ast.expr, right: ast.expr, values: dict[str, str]
) -> Iterator[tuple[ast.expr, str, str]]:
    """Return what differs: the whole, or the differing elements of two tuples."""
    whole = [(left, values["left"], values["right"])]
    if not isinstance(left, ast.Tuple):
        yield from whole
        return
    try:
        have, want = ast.literal_eval(values["left"]), ast.literal_eval(values["right"])
        pairs = list(zip(left.elts, have, want, strict=True))
    except (ValueError, SyntaxError, TypeError):
        yield from whole
        return
    yield from ((e, repr(a), repr(b)) for e, a, b in pairs if a != b)


def said(node: ast.expr, value: str) -> str:
    """Say what something is: `the status is 404 Not Found`."""
    name = subject(node)
    if name == "the status":
        value = with_phrase(value)
    return f"{name} is {quoted(value)}"


def subject(node: ast.expr) -> str:
    """Say what an expression of a test is."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="headers"), slice=ast.Constant(str(v))
        ):
            return f"the header {v}"
        case ast.Call(
            func=ast.Attribute(
                value=ast.Attribute(attr="headers"), attr="get" | "getlist"
            ),
            args=[ast.Constant(str(v)), *_],
        ):
            return f"the header {v}"
        case ast.Call(func=ast.Name("set" | "sorted" | "list"), args=[inner]):
            return subject(inner)
        case ast.Call(func=ast.Attribute(attr=name)) if name in CALLED:
            return CALLED[name]
        case ast.Call(func=ast.Name("repr")):
            return f"`{cut(ast.unparse(node))}`"
        case ast.Attribute(value=ast.Name("caplog")):
            return "the log"
        case ast.Attribute(attr=name) if name in SUBJECTS:
            return SUBJECTS[name]
        case ast.Attribute(value=ast.Attribute(attr="request"), attr="path"):
            return "the path of the last request"
    return f"`{cut(ast.unparse(node))}`"


def with_phrase(value: str) -> str:
    if value.isdecimal() and int(value) in {each.value for each in HTTPStatus}:
        return f"{value} {HTTPStatus(int(value)).phrase}"
    return value.strip("'")


def quoted(value: str) -> str:
    return cut(value)


def cut(text: str) -> str:
    """Shorten a text, and keep it on its line."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
