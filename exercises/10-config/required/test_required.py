"""The exercise `required`: an app says at its start what it lacks."""

import pytest
from exercise import require
from step10_config import App


def config(**settings):
    app = App(__name__)
    app.config.from_mapping(settings)
    return app.config


def complaint(settings, *names):
    with pytest.raises(LookupError) as caught:
        require(settings, *names)
    return str(caught.value)


def test_complete_configuration_is_no_error():
    assert require(config(SONG="dawn", SIZE=3), "SONG", "SIZE") is None


def test_nothing_may_be_required():
    assert require(config()) is None


def test_missing_setting_is_named():
    assert "SONG" in complaint(config(SIZE=3), "SONG", "SIZE")


def test_setting_that_is_there_is_not_named():
    assert "SIZE" not in complaint(config(SIZE=3), "SONG", "SIZE")


def test_all_missing_settings_are_named_at_once():
    told = complaint(config(CITY="Oslo"), "SONG", "CITY", "BELL", "MAIL__HOST")

    assert all(name in told for name in ("SONG", "BELL", "MAIL__HOST"))


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_in_a_setting_is_missing(value):
    assert "SONG" in complaint(config(SONG=value), "SONG")


@pytest.mark.parametrize("value", [False, 0, 0.0, [], {}])
def test_other_false_values_are_values(value):
    require(config(SONG=value), "SONG")


def test_part_of_a_dictionary_is_found():
    settings = config(MAIL={"SMTP": {"HOST": "m1"}, "PORT": 25})

    require(settings, "MAIL__SMTP__HOST", "MAIL__PORT")
    assert "MAIL__SMTP__PORT" in complaint(settings, "MAIL__SMTP__PORT")


@pytest.mark.parametrize("mail", ["smtp://m1", 25, None, ["HOST"]])
def test_part_of_no_dictionary_is_missing(mail):
    assert "MAIL__HOST" in complaint(config(MAIL=mail), "MAIL__HOST")


def test_no_value_is_told():
    settings = config(PASSWORD="hunter2", MAIL="smtp://wren:hunter2@m1")

    told = complaint(settings, "PASSWORD", "MAIL__HOST", "SONG")

    assert "hunter2" not in told


def test_the_environment_is_looked_at_through_the_configuration(monkeypatch):
    monkeypatch.setenv("WREN_MAIL__HOST", "m1")
    monkeypatch.setenv("WREN_SONG", "")
    settings = config()
    settings.from_prefixed_env("WREN")

    told = complaint(settings, "MAIL__HOST", "SONG")

    assert "SONG" in told and "MAIL__HOST" not in told
