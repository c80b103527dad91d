"""It is WSGI: each demo answers under the validator and under real servers."""

import sys

import pytest

from costrel.promises.servers import Visit, broken_visits

A = "a@wren.example"
# a walk through the launch page; each step's demo has all pages of those before
VISITS = [
    Visit(1, "GET", "/", 200, "Wren"),
    Visit(1, "HEAD", "/", 200),
    Visit(1, "GET", "/zürich", 200, "Zürich"),
    Visit(1, "GET", "/language?code=de", 200, "Noted.", until=8),
    Visit(1, "GET", "/nowhere", 404),
    Visit(2, "GET", "/songs.csv", 200, "nightingale"),
    Visit(3, "GET", "/oslo", 200, "opera"),
    Visit(3, "GET", "/songs/2", 200, "wren"),
    Visit(3, "GET", "/songs/9", 404),
    Visit(3, "POST", "/", 405),
    Visit(3, "OPTIONS", "/", 200),
    Visit(4, "POST", "/guests", 400, "email address", {"email": "nobody"}),
    Visit(4, "POST", "/guests", 201, "on the list", {"email": A}, until=11),
    Visit(11, "POST", "/guests", 303, "/guests", {"email": A}, until=22),
    Visit(4, "GET", "/guests", 200, "On the list: 1", until=22),
    # the form comes back, because this visitor hasn't seen it
    Visit(22, "POST", "/guests", 400, "has expired", {"email": A}),
    Visit(8, "GET", "/language?code=de&next=/oslo", 302, "/oslo"),
    Visit(12, "GET", "/static/wren.css", 200, "font"),
    Visit(12, "GET", "/static/../demo.py", 404),
    Visit(14, "GET", "/songs.json", 200, "nightingale"),
    Visit(15, "GET", "/recordings", 200, "Recordings"),
]
SERVERS = [
    "wsgiref",
    pytest.param(
        "gunicorn",
        marks=pytest.mark.skipif(
            sys.platform == "win32", reason="gunicorn needs a Unix"
        ),
    ),
    "waitress",
]


@pytest.mark.parametrize("server", SERVERS)
def test_demo_answers_under(server, step, kept):
    kept(broken_visits(server, step, VISITS))


def test_demo_answers_under_its_development_server(step, kept):
    if step.number < 6:
        pytest.skip("the development server comes with step 6")
    kept(broken_visits("development", step, VISITS))
