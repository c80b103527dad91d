"""The launch page of Wren, a bicycle bell that sings."""

from urllib.parse import parse_qs
from wsgiref.simple_server import make_server
from wsgiref.types import WSGIEnvironment

from . import App

app = App(__name__)


@app.route("/")
def index() -> str:
    return "<h1>Wren</h1><p>A bicycle bell that sings. Coming in spring.</p>"


@app.route("/zürich")
def zurich() -> str:
    return "<h1>Wren in Zürich</h1><p>Hear it first, on the quay.</p>"


@app.route("/language")
def language(environ: WSGIEnvironment) -> tuple[str, int, dict[str, str]]:
    """Remember the visitor's language in a cookie: /language?code=de."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    code = query.get("code", ["en"])[0]
    return "<p>Noted.</p>", 200, {"Set-Cookie": f"language={code}"}


if __name__ == "__main__":
    with make_server("127.0.0.1", 8000, app) as server:
        print("Serving on http://127.0.0.1:8000/ (Ctrl-C stops it)")
        server.serve_forever()
