"""The commands that a chapter may run, without a shell."""

import re
import shlex
import sys

ALLOWED = "python, curl, costrel, pytest, cat or kill %1"
# what Python asks with, alone on its line; after a silent answer, two are in one line
PROMPT = re.compile(r"(?:^|(?<=>>> |\.\.\. ))(?:>>> |\.\.\. )", re.M)
# assignments before a command, for its environment alone
SETTING = re.compile(r"[A-Za-z_]\w*=")


class RefusedCommandError(Exception):
    """A command that can't be run, and what the author can do."""


def split(line: str) -> list[str]:
    """Split a command into words; refuse what only a shell could do."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise RefusedCommandError(f"it can't be split into words: {error}") from None
    signs = [word for word in words if word and not word.strip("();<>|&")]
    if signs or not words:
        raise RefusedCommandError(
            f"{''.join(signs)!r} needs a shell: write {ALLOWED} alone"
        )
    return words


def settings(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split off the environment that a command is given: `NAME=value … python …`."""
    count = 0
    while count < len(words) - 1 and SETTING.match(words[count]):
        count += 1
    pairs = (word.partition("=") for word in words[:count])
    return {name: value for name, _, value in pairs}, words[count:]


def program(words: list[str]) -> list[str]:
    """Find the program for a command; only a few are allowed."""
    name, rest = words[0], words[1:]
    if name in ("python", "python3"):
        return [sys.executable, *rest]
    if name == "pytest":
        return [sys.executable, "-m", "pytest", *rest]
    if name == "costrel" and rest[:1] != ["weave"]:
        return [sys.executable, "-m", "costrel", *rest]
    if name == "curl":
        # a reader's terminal shows no progress meter and has no odd settings
        return ["curl", "-q", "-sS", "--noproxy", "*", *rest]
    raise RefusedCommandError(f"{name!r} is not run in chapters: use {ALLOWED}")


def typed_in(words: list[str], shown: list[str]) -> list[str]:
    """Return what is typed at the prompt that a command opens, if it's a `shell`."""
    if "shell" not in words:
        return []
    return [line[4:] for line in shown if PROMPT.match(f"{line} ")]


def with_echo(output: str, typed: list[str]) -> str:
    """Return output as a terminal shows it: after each prompt, what was typed."""
    if not typed:
        return output
    rest = iter(typed)
    return PROMPT.sub(lambda prompt: prompt[0] + next(rest, "") + "\n", output)
