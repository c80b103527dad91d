"""What step 10 promises about places: an app finds its files by its import name."""

import importlib
import runpy
import sys
from pathlib import Path

import pytest
from step10_config import App


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a folder whose modules can be imported, and start in another one."""
    home, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.syspath_prepend(home)
    before = set(sys.modules)
    yield home
    for name in set(sys.modules) - before:
        if name.startswith("bell"):
            del sys.modules[name]


def write(file, text=""):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def paths(app):
    return Path(app.root_path), Path(app.instance_path)


# --- where the code is


@pytest.mark.parametrize("imported", [True, False])
def test_module_is_in_its_folder(project, imported):
    write(project / "bell.py")
    if imported:
        importlib.import_module("bell")

    assert paths(App("bell")) == (project, project / "instance")


@pytest.mark.parametrize("imported", [True, False])
def test_package_is_a_folder_and_its_instance_is_beside_it(project, imported):
    write(project / "bell/__init__.py")
    if imported:
        importlib.import_module("bell")

    assert paths(App("bell")) == (project / "bell", project / "instance")


@pytest.mark.parametrize("name", ["bell.shop.app", "bell.shop"])
def test_instance_is_beside_the_outermost_package(project, name):
    write(project / "bell/__init__.py")
    write(project / "bell/shop/__init__.py")
    write(project / "bell/shop/app.py")

    assert paths(App(name)) == (project / "bell/shop", project / "instance")


def test_script_is_in_its_folder(project):
    write(project / "bell.py", "from step10_config import App\napp = App(__name__)\n")

    app = runpy.run_path(str(project / "bell.py"), run_name="__main__")["app"]

    assert Path(app.root_path) == project


@pytest.mark.differs("Flask expects a script's instance folder where it was started")
def test_script_s_instance_is_beside_it(project):
    write(project / "bell.py", "from step10_config import App\napp = App(__name__)\n")

    app = runpy.run_path(str(project / "bell.py"), run_name="__main__")["app"]

    assert Path(app.instance_path) == project / "instance"


@pytest.mark.parametrize("name", ["no_such_module", "no.such.module", ""])
def test_made_up_name_is_where_python_was_started(project, name):
    assert paths(App(name)) == (Path.cwd(), Path.cwd() / "instance")


def test_name_of_an_interactive_session_is_where_it_was_started(project, monkeypatch):
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)

    assert paths(App("__main__")) == (Path.cwd(), Path.cwd() / "instance")


@pytest.mark.optional
def test_installed_package_has_its_instance_in_the_environment(project, monkeypatch):
    packages = project / "lib/python3/site-packages"
    write(packages / "bell/__init__.py")
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setattr(sys, "prefix", str(project))

    assert paths(App("bell")) == (packages / "bell", project / "var/bell-instance")


@pytest.mark.flask_only("it knows site-packages outside of the running environment")
def test_package_of_another_environment_has_its_instance_there(project, monkeypatch):
    packages = project / "lib/python3/site-packages"
    write(packages / "bell/__init__.py")
    monkeypatch.syspath_prepend(packages)

    assert Path(App("bell").instance_path) == project / "var/bell-instance"


@pytest.mark.optional
def test_namespace_package_has_no_folder_of_its_own(project):
    write(project / "bell/shop.py")
    importlib.import_module("bell")

    with pytest.raises(RuntimeError, match=r"(?i)root.path") as caught:
        App("bell")

    assert "bell" in str(caught.value)


@pytest.mark.optional
@pytest.mark.differs("Flask takes the working directory until the package is imported")
def test_namespace_package_need_not_be_imported_to_be_refused(project):
    write(project / "bell/shop.py")

    with pytest.raises(RuntimeError, match="bell"):
        App("bell")


@pytest.mark.optional
def test_module_of_a_namespace_package_is_in_its_folder(project):
    write(project / "bell/shop.py")

    assert paths(App("bell.shop")) == (project / "bell", project / "instance")


@pytest.mark.optional
@pytest.mark.differs("Flask takes the first of the folders for a module in any")
def test_module_in_the_second_folder_of_a_namespace_package(project, monkeypatch):
    other = project.parent / "other"
    write(project / "bell/shop.py")
    write(other / "bell/tower.py")
    monkeypatch.setattr(sys, "path", [*sys.path, str(other)])

    assert paths(App("bell.tower")) == (other / "bell", other / "instance")


# --- told, not found


def test_folders_can_be_told(project):
    app = App("bell", root_path=str(project), instance_path=str(project / "etc"))

    assert paths(app) == (project, project / "etc")


def test_namespace_package_may_be_told_its_folder(project):
    write(project / "bell/shop.py")
    importlib.import_module("bell")

    assert App("bell", root_path=str(project)).root_path == str(project)


def test_instance_folder_has_to_be_absolute():
    with pytest.raises(ValueError, match=r"(?i)absolute"):
        App(__name__, instance_path="instance")


# --- what is looked for there


@pytest.mark.parametrize("relative", [True, False])
def test_settings_are_looked_for_in_the_code_or_the_instance(project, relative):
    write(project / "bell.py")
    write(project / "wren.cfg", "PLACE = 'code'")
    write(project / "instance/wren.cfg", "PLACE = 'instance'")
    app = App("bell", instance_relative_config=relative)

    app.config.from_pyfile("wren.cfg")

    assert app.config["PLACE"] == ("instance" if relative else "code")


def test_resource_is_a_file_that_came_with_the_code(project):
    write(project / "bell.py")
    write(project / "songs/zürich.txt", "Grüezi")
    app = App("bell")

    with app.open_resource("songs/zürich.txt") as file:
        assert file.read() == "Grüezi".encode()
    with app.open_resource("songs/zürich.txt", "r") as file:
        assert file.read() == "Grüezi"
    with app.open_resource("songs/zürich.txt", "rt", encoding="latin-1") as file:
        assert file.read() == "GrÃ¼ezi"


@pytest.mark.parametrize("mode", ["w", "a", "r+", "rb+", "x"])
def test_resource_cannot_be_written(project, mode):
    write(project / "bell.py")
    write(project / "song.txt", "dawn")

    # the text says that it is for reading, or which modes are
    with pytest.raises(ValueError, match=r"(?i)read|\brb\b"):
        App("bell").open_resource("song.txt", mode)

    assert (project / "song.txt").read_text(encoding="utf-8") == "dawn"


def test_instance_resource_can_be_written_and_read(project):
    write(project / "bell.py")
    (project / "instance").mkdir()
    app = App("bell")

    with app.open_instance_resource("guests.txt", "w") as file:
        file.write("Zoë")

    with app.open_instance_resource("guests.txt") as file:
        assert file.read() == "Zoë".encode()
    with app.open_instance_resource("guests.txt", "r", encoding="latin-1") as file:
        assert file.read() == "ZoÃ«"


# --- what the app is called


@pytest.mark.optional
def test_app_has_the_name_of_its_module(project):
    write(
        project / "bell.py",
        "from step10_config import App\nname = App(__name__).name\n",
    )

    run = runpy.run_path(str(project / "bell.py"), run_name="__main__")

    assert App("bells.shop").name == "bells.shop"
    assert run["name"] == "bell"


@pytest.mark.optional
def test_extensions_keep_what_they_need_with_each_app():
    first, second = App("first"), App("second")

    first.extensions["mail"] = "a mailbox"

    assert second.extensions == {}
