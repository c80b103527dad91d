"""A solution to the exercise `language`."""

from werkzeug.wrappers import Request


def preferred_language(request: Request, offered: list[str]) -> str:
    """Return the cookie's language, the best one the browser accepts, or the first."""
    chosen = request.cookies.get("language")
    if chosen in offered:
        return chosen
    return request.accept_languages.best_match(offered) or offered[0]
