"""The exercise `secrets`: a folder of files, each of them a secret."""

import sys
import traceback

import pytest
from exercise import SecretConfig
from step10_config import App


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    return folder


def settings(folder):
    config = SecretConfig(folder.parent)
    assert config.from_secrets(folder) is True
    return dict(config)


def test_each_file_is_a_setting(folder):
    (folder / "SECRET_KEY").write_bytes(b"pK3")
    (folder / "db-password").write_bytes(b"dawn-chorus")

    assert settings(folder) == {"SECRET_KEY": "pK3", "DB_PASSWORD": "dawn-chorus"}


def test_missing_folder_is_told(folder):
    config = SecretConfig(folder, {"SONG": "dawn"})

    assert config.from_secrets("/no/such/folder") is False
    assert config == {"SONG": "dawn"}


def test_file_is_no_folder(folder):
    (folder / "key").write_bytes(b"pK3")

    assert SecretConfig(folder).from_secrets(folder / "key") is False


def test_relative_folder_starts_at_the_root(folder):
    (folder / "key").write_bytes(b"pK3")
    config = SecretConfig(folder.parent)

    assert config.from_secrets("secrets") is True and config["KEY"] == "pK3"


@pytest.mark.parametrize("text", ["0042", "1234", "true", "null", '{"a": 1}', ""])
def test_secret_is_text(folder, text):
    (folder / "key").write_bytes(text.encode())

    assert settings(folder) == {"KEY": text}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"pK3\n", "pK3"),
        (b"pK3\r\n", "pK3"),
        (b"pK3\n\n", "pK3\n"),
        (b" pK3 \n", " pK3 "),
        (b"\npK3", "\npK3"),
        (b"a\r\nb\r\n", "a\r\nb"),
        (b"pK3\r", "pK3\r"),
        (b"\n", ""),
        ("schlüssel\n".encode(), "schlüssel"),
    ],
)
def test_one_line_break_at_the_end_is_left_away(folder, data, text):
    (folder / "key").write_bytes(data)

    assert settings(folder) == {"KEY": text}


def test_what_kubernetes_keeps_there_is_passed_over(folder):
    (folder / "..2026_11_21").mkdir()
    (folder / ".hidden").write_bytes(b"x")
    (folder / "more").mkdir()
    (folder / "key").write_bytes(b"pK3")

    assert settings(folder) == {"KEY": "pK3"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_link_to_a_file_is_a_file(folder):
    (folder / "..data").mkdir()
    (folder / "..data" / "key").write_bytes(b"pK3")
    (folder / "key").symlink_to(folder / "..data" / "key")

    assert settings(folder) == {"KEY": "pK3"}


@pytest.mark.parametrize("name", ["db.password", "2nd", "my key", "_", "----"])
def test_name_that_is_none_is_refused(folder, name):
    (folder / name).write_bytes(b"hunter2")

    with pytest.raises(ValueError) as caught:
        SecretConfig(folder).from_secrets(folder)

    assert name in str(caught.value) and "hunter2" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused_and_never_shown(folder):
    (folder / "key").write_bytes(b"hunter2 \xff")

    with pytest.raises(ValueError) as caught:
        SecretConfig(folder).from_secrets(folder)

    error = caught.value
    assert "key" in str(error) and not isinstance(error, UnicodeError)
    assert "hunter2" not in "".join(traceback.format_exception(error))
    for other in (error.__cause__, error.__context__):
        assert not isinstance(other, UnicodeError), "the cause holds the secret"


def test_bad_file_leaves_everything_as_it_was(folder):
    (folder / "a-key").write_bytes(b"new")
    (folder / "b.key").write_bytes(b"bad")
    (folder / "c-key").write_bytes(b"new")
    config = SecretConfig(folder, {"A_KEY": "old", "C_KEY": "old"})

    with pytest.raises(ValueError, match=r"b\.key"):
        config.from_secrets(folder)

    assert config == {"A_KEY": "old", "C_KEY": "old"}


def test_app_may_use_it(folder):
    class Shop(App):
        config_class = SecretConfig

    (folder / "secret-key").write_bytes(b"pK3\n")
    app = Shop(__name__)

    app.config.from_secrets(folder)

    assert app.config["SECRET_KEY"] == "pK3" and app.config["TESTING"] is False
