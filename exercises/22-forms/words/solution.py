"""Messages of our own in the visitor's language, before those of WTForms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from step22_forms.security import Form
from wtforms.i18n import messages_path

# the languages that WTForms knows
KNOWN = {folder.name for folder in Path(messages_path()).iterdir() if folder.is_dir()}


class Words:
    """Translations that look among our own words first."""

    def __init__(self, own: Mapping[str, str], others: Any) -> None:
        self.own = own
        self.others = others

    def gettext(self, string: str) -> str:
        """Return a message in the form's language."""
        if string in self.own:
            return self.own[string]
        return str(self.others.gettext(string)) if self.others else string

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return a message about so many."""
        string = singular if n == 1 else plural
        if string in self.own or not self.others:
            return self.own.get(string, string)
        return str(self.others.ngettext(singular, plural, n))


class TranslatedForm(Form):
    """A form that speaks the visitor's language."""

    # language -> message -> translation
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    class Meta(Form.Meta):
        language = "en"

        def get_translations(self, form: Any) -> Words:
            return Words(
                form.words.get(self.language, {}), super().get_translations(form)
            )

    def __init__(self, *arguments: Any, language: str = "en", **options: Any) -> None:
        locales = (language, "en") if language in KNOWN else ("en",)
        meta = {"locales": locales, "language": language, **options.pop("meta", {})}
        super().__init__(*arguments, meta=meta, **options)
