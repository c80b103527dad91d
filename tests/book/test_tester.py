"""The tester is right about the mistakes that people make."""

from costrel.workshop import interface, tester


def test_typical_mistakes_are_found_and_named(ladder, step, kept):
    kept(tester.complaints(ladder, step))


def test_name_of_which_nothing_is_said_is_found(ladder, monkeypatch):
    step = ladder.get(5)
    monkeypatch.setattr(interface, "words_said", lambda step: {})

    found = " ".join(tester.without_words(step))

    assert "nothing is said of App.test_client_class" in found
    assert "AppClient.environ_base" in found
    assert "App.route" not in found


def test_what_takes_seconds_comes_last(ladder):
    step = ladder.get(7)
    before = ladder.before(step)

    trial = tester.trial_of(step, before.package)

    functions = [each["function"] for each in trial.tests]
    assert functions[-1] == "test_32_threads_and_10000_visitors"
