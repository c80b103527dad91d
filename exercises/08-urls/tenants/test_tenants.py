"""The exercise `tenants`: an app for each host, made once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from exercise import Tenants
from step08_urls import App, current_app, url_for
from werkzeug.test import Client

from costrel.testing.threads import at_once

CUSTOMERS = {"ada.example", "bob.example"}


class Factory:
    """Makes apps, and remembers for whom."""

    def __init__(self):
        self.made = []

    def __call__(self, host):
        self.made.append(host)
        if host not in CUSTOMERS:
            return None
        # whoever comes at the same time has time to come in
        sleep(0.02)
        app = App("tenant")
        app.config["OWNER"] = host

        @app.route("/who/<path:rest>")
        def who(rest):
            return f"{current_app.config['OWNER']} {url_for('who', rest='x')}"

        return app


def visit(tenants, host):
    return Client(tenants).get("/who/am/i", base_url=f"http://{host}")


def test_each_host_has_its_app():
    tenants = Tenants(Factory())

    assert visit(tenants, "ada.example").text == "ada.example /who/x"
    assert visit(tenants, "bob.example").text == "bob.example /who/x"


def test_app_is_made_once():
    factory = Factory()
    tenants = Tenants(factory)

    for host in ("ada.example", "ADA.example", "ada.example:8080"):
        visit(tenants, host)

    assert factory.made == ["ada.example"]


def test_app_is_made_once_when_all_come_at_the_same_moment():
    factory = Factory()
    tenants = Tenants(factory)

    def come(number):
        return visit(tenants, "ada.example").status_code

    assert set(at_once(30, come)) == {200}
    assert factory.made == ["ada.example"]


def test_nobody_waits_for_another_tenant():
    making, goes_on = Event(), Event()

    def create_app(host):
        if host == "ada.example":
            making.set()
            assert goes_on.wait(5), "bob waits for ada's app"
        return Factory()(host)

    tenants = Tenants(create_app)
    with ThreadPoolExecutor(2) as threads:
        ada = threads.submit(visit, tenants, "ada.example")
        assert making.wait(5), "nobody makes ada's app"
        bob = threads.submit(visit, tenants, "bob.example")
        assert bob.result(4).status_code == 200
        goes_on.set()
        assert ada.result(5).status_code == 200


def test_unknown_host_is_not_found():
    assert visit(Tenants(Factory()), "eve.example").status_code == 404


def test_unknown_hosts_are_not_remembered():
    tenants = Tenants(Factory())
    visit(tenants, "ada.example")
    before = sum(len(value) for value in vars(tenants).values() if sized(value))

    for number in range(50):
        visit(tenants, f"eve{number}.example")

    after = sum(len(value) for value in vars(tenants).values() if sized(value))
    assert after == before


def sized(value):
    return hasattr(value, "__len__")


def test_factory_that_fails_is_asked_again():
    failures = [OSError("no database")]
    factory = Factory()

    def create_app(host):
        if failures:
            raise failures.pop()
        return factory(host)

    tenants = Tenants(create_app)
    with pytest.raises(OSError, match="database"):
        visit(tenants, "ada.example")

    assert visit(tenants, "ada.example").status_code == 200
