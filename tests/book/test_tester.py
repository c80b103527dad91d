"""The tester is right about the mistakes that people make."""

from costrel.workshop import tester


def test_typical_mistakes_are_found_and_named(ladder, step, kept):
    kept(tester.complaints(ladder, step))
