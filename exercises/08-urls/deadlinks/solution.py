"""A crawler that needs no network: it asks the app itself."""

from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

from step08_urls import App, Response, is_local_url

HERE = "http://here.invalid"
HOPS = 10  # redirects in a row


class Anchors(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if tag == "a" and target is not None:
            self.targets.append(target)


def resolve(page: str, target: str) -> str | None:
    """Return the path that a link on a page leads to, or None if it leaves the host."""
    url = urldefrag(urljoin(HERE + page, target.strip())).url
    path = url.removeprefix(HERE)
    return path if url.startswith(HERE) and is_local_url(path) else None


class Site:
    """An app as its visitors see it: paths, statuses and links."""

    def __init__(self, app: App) -> None:
        self.root = app.config["APPLICATION_ROOT"].rstrip("/")
        self.client = app.test_client()
        # path -> answer
        self.answers: dict[str, Response] = {}

    def answer(self, path: str) -> Response:
        """Visit a path, the first time that somebody asks for it."""
        if path not in self.answers:
            self.answers[path] = self.visit(path)
        return self.answers[path]

    def visit(self, path: str) -> Response:
        inside = path.removeprefix(self.root)
        if not (path.startswith(self.root) and inside.startswith("/")):
            return Response(status=404)
        try:
            answer: Response = self.client.get(inside)
        except Exception:
            return Response(status=500)
        return answer

    def status(self, path: str) -> int:
        """Return the status that a visitor ends with."""
        for _ in range(HOPS):
            answer = self.answer(path)
            target = answer.location and resolve(path, answer.location)
            if not target:
                break
            path = target
        return answer.status_code

    def links(self, path: str) -> list[str]:
        """Return the paths that a page links to, or redirects to, each once."""
        answer = self.answer(path)
        targets = [answer.location] if answer.location else []
        if answer.mimetype == "text/html" and not targets:
            targets = Anchors(answer.text).targets
        paths = [resolve(path, target) for target in targets]
        return list(dict.fromkeys(found for found in paths if found))


def dead_links(app: App, start: str = "/") -> list[tuple[str, str, int]]:
    """Return page, link and status of each link that leads nowhere."""
    site = Site(app)
    pages = [site.root + start]
    dead = []
    # grows while it is walked through
    for page in pages:
        for link in site.links(page):
            status = site.status(link)
            if status >= 400:
                dead.append((page, link, status))
            elif link not in pages:
                pages.append(link)
    return dead
