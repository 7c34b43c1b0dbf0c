"""Sentences in two languages, and templates that escape and never invent."""

from pathlib import Path

import msgspec
import pytest
from jinja2 import UndefinedError
from msgspec import Struct

from console.core.slice import Part, Viewer
from console.web import i18n
from console.web.i18n import Catalogues, Translator, filled, negotiate
from console.web.templates import Templates, clock, part_template


class Shout(Struct, frozen=True):
    id: str
    text: str


class TestTranslator:
    def test_places_are_filled_and_unknown_sentences_stay_english(self):
        zh = Translator("zh", {"Wait {n} s.": "请等待 {n} 秒。"})
        assert zh("Wait {n} s.", n=5) == "请等待 5 秒。"
        assert zh("Something {else}.") == "Something {else}."

    @pytest.mark.parametrize("sentence", ["{a.__class__}", "{a[0]}", "{a!r}", "{a:>999999999}", "{0}", "{}", "{b}"])
    def test_nothing_but_a_plain_place_is_looked_up(self, sentence):
        assert "Secret" not in filled(sentence, {"a": Shout("x", "Secret")})

    def test_values_are_only_text(self):
        assert filled("{a} {b}", {"a": "{b}", "b": "{a:>99}"}) == "{b} {a:>99}"
        assert filled("{a}", {"a": None}) == "–"

    def test_both_languages_are_there_and_an_unknown_one_is_chinese(self):
        catalogues = Catalogues()
        assert catalogues["en"].locale == "en"
        assert catalogues["fr"].locale == catalogues[None].locale == "zh"
        assert catalogues["zh"]("Sign in") == "登录"
        assert catalogues["en"]("Sign in") == "Sign in"


class TestNegotiation:
    @pytest.mark.parametrize(
        ("chosen", "accepted", "language"),
        [
            (None, None, "zh"), ("en", "zh", "en"), ("xx", "en", "en"), (None, "en-GB,en;q=0.9", "en"),
            (None, "fr,en;q=0.5,zh;q=0.7", "zh"), (None, "zh-TW", "zh"), (None, "de", "zh"), (None, "en;q=0", "zh"),
            (None, "*", "zh"), (None, "en;q=abc,,;;", "en"), (None, "x" * 100_000, "zh"),
        ],
    )  # fmt: skip
    def test_choice_then_browser_then_chinese(self, chosen, accepted, language):
        assert negotiate(chosen, accepted) == language


class TestCatalogue:
    def test_the_check_sees_missing_sentences_and_lost_places(self, tmp_path: Path):
        tree(tmp_path, {"A {n}": "甲", "B": "乙", "C {n}": "丙 {n}"}, 'refuse("A {n}", n=1)\nN_("D")\n_("C {n}", n=2)')
        assert [problem.split(": ", 1)[1] for problem in i18n.problems(tmp_path)] == [
            "places differ: 'A {n}'", "no Chinese: 'D'", "no Chinese: 'In a page'",
        ]  # fmt: skip

    def test_extraction_keeps_translations_and_drops_the_unused(self, tmp_path: Path):
        tree(tmp_path, {"A": "甲", "Unused": "无"}, '_("A")\n_("New")')
        assert i18n.extract(tmp_path) == 3
        text = i18n.catalogue_path(tmp_path, "zh").read_text()
        assert 'msgid "A"\nmsgstr "甲"' in text
        assert 'msgid "New"\nmsgstr ""' in text
        assert "Unused" not in text
        before = text
        i18n.extract(tmp_path)
        assert i18n.catalogue_path(tmp_path, "zh").read_text() == before

    def test_the_program_uses_many_sentences(self):
        sentences = i18n.used_sentences()
        assert "Name and password do not match. Check both and try again." in sentences
        assert len(sentences) > 100


class TestTemplates:
    def test_everything_is_escaped_and_nothing_invented(self, tmp_path: Path):
        templates = small(tmp_path, "{{ x }} {{ _('Hello {name}', name=x) }}")
        assert templates.render("page.html", "en", x="<b>") == "&lt;b&gt; Hello &lt;b&gt;"
        with pytest.raises(UndefinedError):
            templates.render("page.html", "en")

    @pytest.mark.parametrize("quote", ["'", '"'])
    def test_json_in_attributes_cannot_break_out(self, tmp_path: Path, quote):
        templates = small(tmp_path, f"<b data-args={quote}{{{{ json_attr(x) }}}}{quote}>")
        html = templates.render("page.html", "en", x={"offer": "'\"><script>"})
        assert html.count(quote) == 2
        assert "<script" not in html

    def test_the_filter_takes_structs(self, tmp_path: Path):
        templates = small(tmp_path, "{{ x | tojson }}")
        assert msgspec.json.decode(templates.render("page.html", "en", x=Shout("a", "</script>'"))) == {
            "id": "a", "text": "</script>'",
        }  # fmt: skip
        assert "<" not in templates.render("page.html", "en", x=Shout("a", "</script>'"))

    def test_an_asset_has_the_fingerprint_of_its_content(self, tmp_path: Path):
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "a.js").write_text("one")
        first = small(tmp_path, "{{ asset('a.js') }}").render("page.html", "en")
        (tmp_path / "static" / "a.js").write_text("two")
        second = small(tmp_path, "{{ asset('a.js') }}").render("page.html", "en")
        assert first.startswith("/static/a.js?v=")
        assert first != second

    def test_macros_speak_the_language_too(self, tmp_path: Path):
        templates = small(tmp_path, "{% from 'm.html' import m %}{{ m() }}")
        (tmp_path / "templates" / "m.html").write_text("{% macro m() %}{{ _('Sign in') }} {{ locale }}{% endmacro %}")
        assert templates.render("page.html", "zh") == "登录 zh"
        assert templates.render("page.html", "en") == "Sign in en"

    def test_parts_are_painted_as_they_are_patched(self, tmp_path: Path):
        templates = small(tmp_path, "{{ part('comments-queue') }}|{{ part('offers-one') }}")
        for name in ("comments/queue", "offers/one"):
            path = tmp_path / "templates" / "parts" / f"{name}.html"
            path.parent.mkdir(parents=True)
            path.write_text('<li id="{{ part_id }}-{{ v.id }}">{{ v.text }}</li>')
        items = (Shout("a", "<1>"), Shout("b", "2"))
        queue = Part(name="comments-queue", reads=(), view=lambda show, viewer: items, keyed=True)
        one = Part(name="offers-one", reads=(), view=lambda show, viewer: items[1])
        painter = templates.painter({part.name: part for part in (queue, one)}, None, Viewer(locale="en"))
        html = templates.render("page.html", "en", part=painter)
        first = templates.render_part(queue, items[0], "en")
        assert first == '<li id="comments-queue-a">&lt;1&gt;</li>'
        assert html == first + '<li id="comments-queue-b">2</li>|<li id="offers-one-b">2</li>'

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0, "0:00"), (75, "1:15"), (3675, "1:01:15"), (-5, "-0:05"), (59.9, "0:59"), (None, "–")],
    )
    def test_clock(self, seconds, text):
        assert clock(seconds) == text

    def test_the_template_of_a_part(self):
        assert part_template("offers-panel") == "parts/offers/panel.html"
        assert part_template("scripts-next-row") == "parts/scripts/next-row.html"


def small(root: Path, page: str) -> Templates:
    (root / "templates").mkdir(exist_ok=True)
    (root / "templates" / "page.html").write_text(page)
    return Templates(Catalogues(), root / "templates", root / "static")


def tree(root: Path, known: dict[str, str], code: str) -> None:
    (root / "console").mkdir()
    (root / "console" / "a.py").write_text(code)
    (root / "templates").mkdir()
    (root / "templates" / "a.html").write_text("{{ _('In a page') }}{{ _('C {n}', n=1) }}")
    (root / "babel.cfg").write_text((i18n.ROOT / "babel.cfg").read_text())
    path = i18n.catalogue_path(root, "zh")
    path.parent.mkdir(parents=True)
    entries = "".join(f'msgid "{sentence}"\nmsgstr "{chinese}"\n\n' for sentence, chinese in known.items())
    path.write_bytes(i18n.HEADER + entries.encode())
