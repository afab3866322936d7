"""What the screen shows, as text: no terminal, no textual."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest

from tests.tuiclu.tui.frames import SIZES, frame_of, text_of
from tests.tuiclu.tui.golden import FOLDER, files
from tuiclu.model import frame as parts
from tuiclu.model.frame import Spoken
from tuiclu.texts import LANGUAGES
from tuiclu.tui.draw.footer import draw_footer, words_for
from tuiclu.tui.draw.glyphs import PAGES, STATES
from tuiclu.tui.draw.log import draw_log
from tuiclu.tui.draw.paper import Paper, flow, plain, runs_of, to_ascii, wrapped
from tuiclu.tui.draw.whole import LEAST, draw
from tuiclu.tui.keys import KEYS, keys_of
from tuiclu.tui.look import Look, duration, size
from tuiclu.tui.styles import THEMES, style_of
from tuiclu.tui.views import VIEWS


@pytest.mark.parametrize("name", files())
def test_a_view_looks_as_it_did(name: str) -> None:
    assert files()[name]() == (FOLDER / name).read_text(encoding="utf-8")


def test_there_are_no_golden_files_of_nothing() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(files())


@pytest.mark.parametrize("dimensions", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_in_ascii_mode_nothing_else_is_drawn(view: str, dimensions: tuple[int, int]) -> None:
    drawn = text_of(view, dimensions, "es", ascii_only=True)
    assert drawn.isascii()
    assert max(map(len, drawn.splitlines())) <= dimensions[0]


@pytest.mark.parametrize("width", [1, 20, LEAST[0] - 1])
def test_a_terminal_that_is_too_small_is_told_so(width: int) -> None:
    paper = draw(None, Look(), [], width, 24)
    assert "".join(paper.lines()).replace(" ", "").startswith("tuicluneeds"[:width])


@pytest.mark.parametrize("dimensions", [(LEAST[0], LEAST[1]), (61, 17), (80, 24), (133, 31), (300, 90)])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_every_size(view: str, dimensions: tuple[int, int]) -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    look.view, look.lang, look.ascii_only = view, "en", False
    paper = draw(frame, look, [], *dimensions)
    assert [len(paper.row(y)[0]) for y in range(dimensions[1])] == [dimensions[0]] * dimensions[1]


@pytest.mark.parametrize("view", VIEWS)
def test_a_cluster_of_which_nothing_is_known_can_be_looked_at(view: str) -> None:
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    empty = msgspec.structs.replace(frame, nodes=(), processes=(), migrations=(), wires=(), talks=())
    draw(empty, Look(view=view), [], 80, 24)


def test_64_nodes_fit_a_large_terminal() -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    cards = [frame.nodes[at % 4] for at in range(64)]
    named = [replace(card.view, name=f"n{number}") for number, card in enumerate(cards, 1)]
    nodes = tuple(msgspec.structs.replace(card, view=view) for card, view in zip(cards, named, strict=True))
    look.view, look.lang, look.ascii_only = "cluster", "en", False
    drawn = "\n".join(draw(msgspec.structs.replace(frame, nodes=nodes), look, [], 200, 60).lines())
    assert all(f"n{number} " in drawn for number in range(1, 65))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("dimensions", SIZES)
def test_the_rounds_that_tell_most_are_shown_at_every_size(lang: str, dimensions: tuple[int, int]) -> None:
    frame, look = frame_of("precopy", 500_000_000, "n1", "n1.1")
    look.view, look.lang, look.ascii_only = "migration", lang, False
    drawn = " ".join(draw(frame, look, [], *dimensions).lines()).split()
    assert {"305", "85", "44", "28", "22", "21", "15", "18"} <= set(drawn)


def test_a_source_that_keeps_pages_is_not_said_to_have_destroyed_all() -> None:
    frame, look = frame_of("copy-on-reference", 1_500_000_000, "n1", "n1.1")
    look.view, look.lang, look.ascii_only = "migration", "en", False
    pages = frame.details.pages
    assert pages is not None
    kept = pages.source.count(parts.REMOTE)
    assert kept > 0
    drawn = "\n".join(draw(frame, look, [], 120, 40).lines())
    assert f"(destroyed but for {kept} pages)" in drawn
    assert "its copy is destroyed" not in drawn


def test_a_large_terminal_is_used_to_its_lower_edge() -> None:
    frame, look = frame_of("precopy", 500_000_000, "n1", "n1.1")
    look.lang, look.ascii_only = "en", False
    look.view = "migration"
    lines = draw(frame, look, [], 200, 60).lines()[2:57]
    assert sum(not line.strip() for line in lines) == 0


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("goes_on", [False, True])
def test_the_footer_of_a_small_terminal_has_the_keys_that_matter(lang: str, goes_on: bool) -> None:
    matter = {
        "cluster": "m space . + : ? q w f p x",
        "migration": "m q f x i",
        "conversation": "m q w p",
        "log": "q tab /",
    }
    for view in VIEWS:
        words = words_for(Look(lang=lang), keys_of(view), goes_on)
        paper = Paper(80, 1)
        draw_footer(paper, words, 0)
        shown = {hit.target for hit in paper.hits if paper.characters(hit).strip()}
        wanted = {key.action for key in KEYS if key.shown in matter.get(view, "m q").split()}
        assert {f"key:{action}" for action in wanted} <= shown, (view, paper.lines())
        assert all(
            paper.characters(hit).split()[0] in (*(key.shown for key in KEYS), "spc", "esp", "espacio")
            for hit in paper.hits
        )


def test_whatever_looks_like_a_key_or_a_view_is_one() -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    for look.view in VIEWS:
        hits = draw(frame, look, words_for(look, KEYS, goes_on=True), 120, 40).hits
        assert {hit.target for hit in hits if hit.target.startswith("key:")} <= {f"key:{key.action}" for key in KEYS}
        assert {hit.target for hit in hits if hit.target.startswith("view:")} == {f"view:{view}" for view in VIEWS}


def test_a_wide_footer_says_everything_in_full() -> None:
    for lang in LANGUAGES:
        for view in VIEWS:
            paper = Paper(400, 1)
            draw_footer(paper, words_for(Look(lang=lang), keys_of(view), goes_on=False), 0)
            labels = [Look(lang=lang).t(key.label) for key in keys_of(view) if not key.joined]
            assert all(f" {label} " in paper.row(0)[0] for label in labels)


def test_nothing_in_the_footer_jumps_when_time_is_held() -> None:
    for width in range(60, 200):
        places = []
        for goes_on in (False, True):
            paper = Paper(width, 1)
            draw_footer(paper, words_for(Look(), keys_of("cluster"), goes_on), 0)
            places.append(paper.hits)
        assert places[0] == places[1]


def test_states_differ_by_their_signs_in_ascii_as_well() -> None:
    for signs in (PAGES.values(), STATES.values()):
        assert len(set(signs)) == len(signs)
        assert len({to_ascii(sign) for sign in signs}) == len(signs)


def test_the_pages_of_a_migration_are_seen_moving() -> None:
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    pages = frame.details.pages
    assert pages is not None
    assert len(pages.source) == len(pages.destination) == sum(pages.lengths)
    assert {parts.SENT, parts.FLYING} <= set(pages.source)
    assert {parts.CLEAN, parts.FLYING} <= set(pages.destination)


@pytest.mark.parametrize("demo", ["first-steps", "eviction", "links-follow", "load-sharing"])
def test_every_view_draws_every_kind_of_demo(demo: str) -> None:
    for instant in (200_000_000, 1_500_000_000):
        frame, look = frame_of(demo, instant, "n2", None)
        for look.view in VIEWS:
            draw(frame, look, [], 100, 30)


def test_styles_exist_in_every_theme() -> None:
    names = {name for view in VIEWS for name in _styles_of(view)}
    for theme, looks in THEMES.items():
        assert set(looks) == set(THEMES["dark"])
        for name in names:
            style_of(theme, name)


def _styles_of(view: str) -> set[str]:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    look.view = view
    paper = draw(frame, look, words_for(look, KEYS, goes_on=True), 120, 40)
    return {style for y in range(40) for style in paper.row(y)[1]}


def test_without_colours_no_style_has_one() -> None:
    assert all(
        style_of("mono", name).color is None and style_of("mono", name).bgcolor is None for name in THEMES["mono"]
    )


def test_the_log_shows_sentences_whole_and_every_one_can_be_scrolled_to() -> None:
    sentences = [f"<{number}> " + "word " * (number % 4 * 12 + 1) + f"</{number}>" for number in range(40)]
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    look = Look(view="log")
    look.spoken.extend(Spoken(number, {"en": text}, "narration") for number, text in enumerate(sentences))
    seen: list[str] = []
    for scroll in range(60):
        look.scroll = scroll
        paper = Paper(80, 10)
        draw_log(paper, frame, look, 0, 10)
        page = " ".join(" ".join(line[13:] for line in paper.lines()[1:]).split())
        seen += [text for text in sentences if text in page]
        if scroll == 0:
            assert page.endswith("</39>"), "the latest is seen"
    assert dict.fromkeys(sorted(seen)) == dict.fromkeys(sorted(sentences))
    assert page.startswith("<0>"), "beyond the first there is nothing"


def test_text_becomes_one_cell_a_character() -> None:
    assert plain("a\tb\x1b[0m日e\u0301") == "a b?[0m??é"


def test_paper_cuts_what_does_not_fit_and_knows_what_is_where() -> None:
    paper = Paper(10, 2)
    assert paper.put(8, 0, "abc", "dim", target="node:n1") == 11
    paper.put(0, 5, "nowhere")
    paper.put(-1, 1, "xyz")
    assert paper.lines() == ["        ab", "yz"]
    assert (paper.target_at(9, 0), paper.target_at(7, 0), paper.target_at(9, 0, ("key",))) == ("node:n1", "", "")
    assert runs_of(*paper.row(0)) == [("        ", ""), ("ab", "dim")]


def test_styled_words_flow_into_lines_and_lose_nothing() -> None:
    words = [("12.5 ", "dim", "number:t"), ("n4 would take P: ", "good", ""), ("load 0.0, 512 frames free", "", "")]
    lines = flow(words, 20, 5)
    assert ["".join(text for text, _, _ in line) for line in lines] == [
        "12.5 n4 would take",
        "     P: load 0.0,",
        "     512 frames free",
    ]
    assert lines[0][0] == words[0]
    assert [style for text, style, _ in lines[1] if text.strip()] == ["good", ""]
    assert flow([("abcdefghij", "", "")], 4, 1) == [[("abcdefghij", "", "")]]


def test_words_are_wrapped() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@pytest.mark.parametrize(
    ("ns", "text"),
    [(5, "5 ns"), (1_500, "1.50 us"), (12_345_678, "12.3 ms"), (999_000_000, "999 ms"), (2_000_000_000, "2.00 s")],
)
def test_durations_have_three_digits(ns: int, text: str) -> None:
    assert duration(ns) == text


def test_sizes_have_units() -> None:
    assert [size(count) for count in (12, 4096, 3 << 20)] == ["12 B", "4 KiB", "3.0 MiB"]


def test_neither_the_live_cluster_nor_any_other_command_imports_textual() -> None:
    code = (
        "import sys, tuiclu.cli, tuiclu.live.process, tuiclu.live.front, tuiclu.live.director, tuiclu.live.plain, "
        "tuiclu.tui.draw.whole, tuiclu.tui.opening\nassert 'textual' not in sys.modules and 'rich.segment' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# ------------------------------------------------------------------------------ what the script says, and the end of a run


@pytest.mark.parametrize("dimensions", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_what_the_script_said_last_stands_over_every_view(view: str, dimensions: tuple[int, int]) -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    said = {"en": "Look at this now.", "es": "Mire esto ahora."}
    look.view, look.ascii_only = view, False
    for lang, text in said.items():
        look.lang = lang
        assert draw(msgspec.structs.replace(frame, said=said), look, [], *dimensions).row(2)[0].strip() == f"» {text}"


def test_a_caption_breaks_between_words_and_without_one_no_line_is_lost() -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    look.view, look.lang, look.ascii_only = "cluster", "en", False
    long = draw(msgspec.structs.replace(frame, said={"en": "word " * 25}), look, [], 80, 24)
    assert [long.row(y)[0].split()[:1] for y in (2, 3, 4)] == [["»"], ["word"], ["╭"]]
    assert draw(msgspec.structs.replace(frame, said={}), look, [], 80, 24).row(2)[0].startswith("╭")


@pytest.mark.parametrize("dimensions", SIZES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_of_the_cluster_view_is_what_a_program_wrote(lang: str, dimensions: tuple[int, int]) -> None:
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    written = [Spoken(1, dict.fromkeys(LANGUAGES, "P | GUEST"), "process.output") for _ in range(100)]
    told = Spoken(0, dict.fromkeys(LANGUAGES, "It happens."), "process.created")
    look = Look(lang=lang, kind="bus")
    look.take(msgspec.structs.replace(frame, spoken=(told, *written)))
    drawn = "\n".join(draw(frame, look, [], *dimensions).lines())
    assert "GUEST" not in drawn
    assert "It happens." in drawn, "what programs write drives nothing else out either"
    look.view = "log"
    assert "GUEST" in "\n".join(draw(frame, look, [], *dimensions).lines())


def test_a_mark_says_who_has_just_written() -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    look.view, look.lang, look.ascii_only = "cluster", "en", False
    nodes = tuple(msgspec.structs.replace(node, writers=("T",) if node.name == "n3" else ()) for node in frame.nodes)
    drawn = "\n".join(draw(msgspec.structs.replace(frame, nodes=nodes), look, [], 120, 40).lines())
    assert "▶T‟ " in drawn
    assert "S‟" not in drawn


def the_end(lines: int) -> dict[str, tuple[tuple[str, str], ...]]:
    table = tuple(("table", f"line {number}") for number in range(1, lines + 1))
    return {lang: (*table, ("ok", "ok      as expected"), ("end", lang)) for lang in LANGUAGES}


def test_at_the_end_the_screen_tells_what_run_tells_until_another_view_is_looked_at() -> None:
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    over, look = msgspec.structs.replace(frame, mode="waiting", closing=the_end(5)), Look(lang="en", kind="bus")
    look.take(over)
    drawn = [line.strip() for line in draw(over, look, [], 80, 24).lines()]
    assert [line for line in drawn if line.startswith(("line", "ok"))] == [
        *(f"line {number}" for number in range(1, 6)),
        "ok      as expected",
    ]
    look.take(over)
    look.give_up()
    assert "line 1" not in "\n".join(draw(over, look, [], 80, 24).lines())
    look.take(over)
    assert not look.closing, "told once"
    look.take(frame)
    look.take(over)
    assert look.closing, "and again at the next end"
    look.show("node")
    assert not look.closing


def test_what_has_no_room_at_the_end_can_be_scrolled_to() -> None:
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    over, look = msgspec.structs.replace(frame, mode="over", closing=the_end(100)), Look(lang="en", kind="bus")
    look.take(over)
    assert "as expected" not in "\n".join(draw(over, look, [], 80, 24).lines())
    look.next_row(over, 1000)
    drawn = "\n".join(draw(over, look, [], 80, 24).lines())
    assert "as expected" in drawn
    assert "/102" in drawn
