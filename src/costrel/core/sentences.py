"""Tests' names, which are sentences: as a person reads them."""


def sentence(name: str) -> str:
    """Return the sentence that a test's name is, with the parameters of its case."""
    words, _, parameters = name.removeprefix("test_").partition("[")
    text = words.replace("_s_", "'s ").replace("_", " ")
    return text[:1].upper() + text[1:] + (f" [{parameters}" if parameters else "")
