"""The attacks of step 11: a visitor's text that becomes markup, or a template."""

import os

import pytest
from step11_templating import App, Response, render_template, request


@pytest.fixture
def client(tmp_path):
    """Return a client for a guest book whose pages are templates."""
    folder = tmp_path / "templates"
    folder.mkdir()
    entry = "<p>{{ name }} was here.</p>"
    (folder / "guest.html").write_text(entry, encoding="utf-8")
    app = App(__name__, root_path=str(tmp_path))
    app.testing = True
    names = []

    @app.get("/hello")
    def hello():
        return render_template("guest.html", name=request.args["name"])

    @app.post("/guests")
    def sign():
        names.append(request.form["name"])
        return Response("Thanks", 201)

    @app.get("/guests")
    def guests():
        return "".join(render_template("guest.html", name=name) for name in names)

    return app.test_client()


@pytest.mark.attack
def test_script_in_a_link_does_not_run(client):
    payload = "<script>alert('bim')</script>"

    page = client.get("/hello", query_string={"name": payload}).text

    assert "<script>" not in page, f"the attack worked: the page is {page}"


@pytest.mark.attack
def test_script_in_a_guest_book_does_not_run_for_others(client):
    client.post("/guests", data={"name": "<img src=x onerror=alert(1)>"})

    page = client.get("/guests").text

    assert "<img" not in page, f"the attack worked: all visitors get {page}"


@pytest.mark.asvs("1.3.2")
@pytest.mark.attack
def test_name_is_no_template(client):
    payload = "{{ cycler.__init__.__globals__.os.getpid() }}"

    page = client.get("/hello", query_string={"name": payload}).text

    ours = str(os.getpid())
    assert ours not in page, f"the attack worked: Python ran, in process {ours}"
