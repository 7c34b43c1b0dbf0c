"""Words of the interface. English sentences are the keys; the Chinese ones come from the catalogue under locale/.

`python -m console.web.i18n extract` brings new sentences into the catalogue, `check` fails while one is not translated.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

DEFAULT = "zh"
LANGUAGES = ("zh", "en")
ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"\{(\w+)\}")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "refuse": None,
    "StrictError": None,
    "ContentError": None,
    "ProblemError": (3,),
}


def filled(sentence: str, params: Mapping[str, Any]) -> str:
    """Put values into `{name}` places. A value is only ever text: no attribute, index or format is looked up."""
    return PLACE.sub(lambda place: _text(params[place[1]]) if place[1] in params else place[0], sentence)


class Translator:
    """`translate("Hold for {n} s", n=5)` in one language."""

    __slots__ = ("_messages", "locale")

    def __init__(self, locale: str, messages: Mapping[str, str]) -> None:
        self.locale = locale
        self._messages = messages

    def __call__(self, sentence: str, /, **params: Any) -> str:
        """The sentence in this language; an unknown one stays English."""
        return filled(self._messages.get(sentence, sentence), params)


class Catalogues:
    """Every language's translator, read once at start-up from `<root>/locale`."""

    def __init__(self, root: Path = ROOT) -> None:
        self._translators = {locale: Translator(locale, _messages(root, locale)) for locale in LANGUAGES}

    def __getitem__(self, locale: str | None) -> Translator:
        return self._translators.get(locale or DEFAULT) or self._translators[DEFAULT]


def negotiate(chosen: str | None, accept_language: str | None) -> str:
    """The language somebody chose, else the best their browser asks for, else Chinese."""
    if chosen in LANGUAGES:
        return chosen
    wanted = sorted(_ranges((accept_language or "")[:500]), key=lambda range_: -range_[1])
    return next((language for language, weight in wanted if language in LANGUAGES and weight > 0), DEFAULT)


def catalogue_path(root: Path, locale: str) -> Path:
    """Where a language's catalogue lies."""
    return root / "locale" / locale / "LC_MESSAGES" / "console.po"


def used_sentences(root: Path = ROOT) -> dict[str, str]:
    """Every sentence the code and templates use → where it is used first."""
    parse: Any = parse_mapping_cfg
    with (root / "babel.cfg").open() as config:
        methods, options = parse(config)
    found = extract_from_dir(root, methods, options, keywords=KEYWORDS, directory_filter=_ours)
    sentences: dict[str, str] = {}
    for file, line, message, *_ in found:
        sentences.setdefault(message if isinstance(message, str) else message[0], f"{file}:{line}")
    return sentences


def problems(root: Path = ROOT) -> list[str]:
    """What keeps the Chinese interface from being whole: missing sentences, lost or invented places."""
    messages = _messages(root, "zh")
    return [
        f"{where}: {_complaint(sentence, messages)}: {sentence!r}"
        for sentence, where in used_sentences(root).items()
        if _complaint(sentence, messages)
    ]


def extract(root: Path = ROOT) -> int:
    """Write the catalogue anew: used sentences only, translations kept. Answers how many lack one."""
    path = catalogue_path(root, "zh")
    known = _messages(root, "zh")
    catalogue = Catalog(locale="zh", project="live-commerce-console", fuzzy=False, charset="utf-8")
    for sentence in sorted(used_sentences(root)):
        catalogue.add(sentence, known.get(sentence, ""))
    written = BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, omit_header=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER + written.getvalue())
    return len(problems(root))


HEADER = (
    b'msgid ""\nmsgstr ""\n"Language: zh\\n"\n"MIME-Version: 1.0\\n"\n'
    b'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
)


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _messages(root: Path, locale: str) -> dict[str, str]:
    path = catalogue_path(root, locale)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def _ranges(accept_language: str) -> Iterator[tuple[str, float]]:
    for part in accept_language.split(","):
        tag, _, quality = part.partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", quality)
        yield tag.strip().lower().split("-")[0], float(weight[1]) if weight else 1.0


def _complaint(sentence: str, messages: Mapping[str, str]) -> str:
    if sentence not in messages:
        return "no Chinese"
    if set(PLACE.findall(sentence)) != set(PLACE.findall(messages[sentence])):
        return "places differ"
    return ""


def _ours(directory: str) -> bool:
    name = Path(directory).name
    return not name.startswith(".") and name not in {"node_modules", "build", "tests", "data", "static"}


@click.command()
@click.argument("action", type=click.Choice(["extract", "check"]))
def main(action: str) -> None:
    """Keep the catalogue in step with the code."""
    if action == "extract":
        click.echo(f"{extract()} sentences still lack a translation")
        return
    found = problems()
    for problem in found:
        click.echo(problem, err=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
