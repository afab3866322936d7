"""What a run is made into: a film on a clock of its own, and casts, captions, pages, traces and tables of it."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
import zlib
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nodes.wire.events import Narration, QuestionAsked, Stamped
from tuiclu.live.lecture import reading_s
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.recordings.asciicast import CLEAR, asciicast, asciicast3
from tuiclu.recordings.captions import captions, chapters
from tuiclu.recordings.charts import Happenings, gantt, space_time
from tuiclu.recordings.export import FORMS, Kept
from tuiclu.recordings.film import PICTURES_A_SECOND, Film, changed_rows
from tuiclu.recordings.page import readable
from tuiclu.recordings.report import report
from tuiclu.scenario.compile import plan
from tuiclu.scenario.expectations import Verdict
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, run

TEXT = """
tuiclu: 1
title: {en: "A <b>lesson</b>", es: Una lección}
cluster: {network: {bandwidth: 10 Mbit/s, latency: 1 ms}, nodes: {n1: {}, n2: {}}}
processes: {P: {program: primes, args: {limit: 6000}, on: n1}}
script:
  - {at: 1 ms, chapter: {en: Before, es: Antes}}
  - {at: 1 ms, say: {en: "P is on n1, and n2 is idle.", es: "P está en n1, y n2 no hace nada."}}
  - {at: 2 ms, ask: {question: {en: "Where is it?", es: "¿Dónde?"}, answer: {en: "</script>On n2 & n1.", es: "En n2."},
     choices: [n1, n2], correct: 2}}
  - {at: 3 ms, migrate: {process: P, to: n2}}
  - when: {event: migration.resumed}
    chapter: {en: After, es: Después}
  - when: {event: migration.resumed}
    say: {en: "P goes on.", es: "P sigue."}
until: 5 s
"""
TITLE = {"en": "A <b>lesson</b>", "es": "Una lección"}


@cache
def events() -> tuple[Stamped, ...]:
    taken: list[Stamped] = []
    run(plan(load_scenario("-", TEXT)), observers=[Follower(taken.append)])
    return tuple(taken)


@cache
def kept(lang: str = "en") -> Kept:
    return Kept(events(), TITLE, "sha256:0", "lesson.tuiclu", lang)


@cache
def film(lang: str = "en") -> Film:
    return kept().film(lang)


def made(form: str, lang: str = "en") -> str:
    """Return what a run is made into, where that is a text."""
    text = FORMS[form].make(kept(lang))
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("form", FORMS)
def test_the_same_run_makes_the_same_file(form: str) -> None:
    assert FORMS[form].make(kept()) == FORMS[form].make(kept())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_film_tells_what_the_narration_tells_line_for_line(lang: str) -> None:
    view = ClusterView()
    narrator, told = Narrator(view, lang, TITLE[lang]), []
    for stamped in events():
        view.apply(stamped)
        told += [line.partition(" s  ")[2] for line in narrator.tell(stamped)]
    assert [line.text[lang] for line in film(lang).lines] == told
    cues = captions(film(lang), lang).split("\n\n")[1:]
    assert [line for cue in cues for line in cue.strip().split("\n")[1:]] == [
        line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in told
    ]


def test_what_is_said_stays_for_as_long_as_it_takes_to_read_it() -> None:
    said = [line for line in film().lines if line.kind == "narration"]
    for line in said:
        next_s = min((one.at_s for one in film().pictures if one.at_s > line.at_s + 1e-6), default=film().length_s)
        assert next_s - line.at_s >= reading_s(line.text["en"]) - 1e-6
    assert len(said) == sum(isinstance(one.event, Narration) for one in events()) == 2


def test_a_migration_that_is_over_in_a_moment_is_seen_for_seconds() -> None:
    views = [(one.at_s, "".join(row for row, _ in one.rows[3:7])) for one in film().pictures]
    talking = [at_s for at_s, row in views if "Conversation about P" in row]
    moving = [at_s for at_s, row in views if "Migrations (1)" in row]
    assert talking[-1] - talking[0] > 2
    assert moving[-1] - moving[0] > 1


def test_an_answer_is_told_after_what_was_asked_about_could_be_seen() -> None:
    (quiz,) = film().quizzes
    asked = next(one for one in events() if isinstance(one.event, QuestionAsked))
    resumed = next(line for line in film().lines if "goes on, on n2" in line.text["en"])
    assert quiz.asked == asked.event
    assert quiz.at_s < resumed.at_s <= quiz.answered_s < film().length_s


def test_a_film_goes_forward_and_no_picture_is_the_one_before() -> None:
    at = [one.at_s for one in film().pictures]
    assert at == sorted(at)
    assert all(changed for _, changed in changed_rows(film()))
    assert [one.event for one in film().pictures] == sorted(one.event for one in film().pictures)
    assert len(at) <= film().length_s * PICTURES_A_SECOND + 10


class Terminal:
    """As much of a terminal as a cast needs."""

    def __init__(self, width: int, height: int) -> None:
        self.rows = [" " * width for _ in range(height)]
        self.y = self.x = 0

    def write(self, text: str) -> None:
        for place, styles, characters in re.findall(r"\x1b\[(\d+;\d+)H|(\x1b\[[\d;]*m)|([^\x1b]+)", text):
            if place:
                self.y, self.x = (int(one) - 1 for one in place.split(";"))
            elif not styles:
                row = self.rows[self.y]
                self.rows[self.y] = row[: self.x] + characters + row[self.x + len(characters) :]
                self.x += len(characters)


def test_a_cast_shows_each_picture_at_its_time() -> None:
    header, *lines = [json.loads(line) for line in asciicast(film()).splitlines()]
    assert (header["version"], header["width"], header["height"], header["title"]) == (2, 100, 30, TITLE["en"])
    assert [line[2] for line in lines if line[1] == "m"] == ["Before", "After"]
    terminal, written = Terminal(100, 30), [line for line in lines if line[1] == "o"]
    assert len(written) == len(film().pictures) + 1
    for (at_s, _, text), picture in zip(written, film().pictures, strict=False):
        terminal.write(text.removeprefix(CLEAR))
        assert at_s == pytest.approx(picture.at_s, abs=0.001)
        assert terminal.rows[:29] == [row for row, _ in picture.rows]


def test_a_cast_of_version_3_has_the_same_at_the_same_times() -> None:
    _, *second = [json.loads(line) for line in asciicast(film()).splitlines()]
    header, *third = [json.loads(line) for line in asciicast3(film()).splitlines()]
    assert (header["version"], header["term"]["cols"]) == (3, 100)
    assert [line[1:] for line in third] == [line[1:] for line in second]
    at_s = 0.0
    for (interval_s, *_), (wanted_s, *_) in zip(third, second, strict=True):
        at_s += interval_s
        assert interval_s >= 0
        assert at_s == pytest.approx(wanted_s, abs=0.0006)


def test_chapters_follow_one_another_to_the_end() -> None:
    head, *cues = chapters(film("es"), "es").strip().split("\n\n")
    assert head == "WEBVTT"
    spans = [cue.split("\n")[0].split(" --> ") for cue in cues]
    assert [cue.split("\n")[1] for cue in cues] == ["Antes", "Después"]
    assert spans[0][1] == spans[1][0]
    assert re.fullmatch(r"00:00:\d\d\.\d{3}", spans[1][1])


def test_a_page_needs_nothing_from_elsewhere_and_holds_the_film_in_every_language() -> None:
    pytest.importorskip("jinja2", reason="the extra `page` is not installed")
    text = made("html", "es")
    assert not re.search(r"""(src|href)=|url\(|@import|https?://|fetch\(""", text)
    assert len(text.encode()) < 600_000
    assert text.count("</script>") == 2
    assert '<html lang="es"' in text
    assert "A &lt;b&gt;lesson&lt;/b&gt;" not in text.split("</head>")[0]
    content = unpacked(text)
    assert list(content["films"]) == ["es", "en"]
    for lang, one in content["films"].items():
        rows: dict[int, str] = {}
        for picture, (_, event, changed) in zip(film(lang).pictures, one["pictures"], strict=True):
            rows |= {y: "".join(characters for characters, _ in runs) for y, runs in changed}
            assert event == picture.event
            assert [rows[y] for y in range(29)] == [row for row, _ in picture.rows]
        assert [line[1] for line in one["lines"]] == [line.text[lang] for line in film(lang).lines]
        assert text.count("<li><time>") == 2 * len(one["lines"])


def unpacked(text: str) -> dict[str, Any]:
    data = re.search(r'<script id="data" type="text/plain">([A-Za-z0-9+/=]+)</script>', text)
    assert data is not None
    return dict(json.loads(zlib.decompress(base64.b64decode(data[1]))))


def test_a_trace_has_every_burst_message_and_migration() -> None:
    records = json.loads(made("perfetto"))["traceEvents"]
    names = {one["pid"]: one["args"]["name"] for one in records if one.get("name") == "process_name"}
    bursts = [(names[one["pid"]], one["dur"]) for one in records if one["ph"] == "X" and one["tid"] == 1]
    exited = [one.fields() for one in events() if one.event.__struct_config__.tag == "process.exited"]
    assert {node for node, _ in bursts} == {"n1", "n2"}
    assert sum(duration for _, duration in bursts) * 1000 >= exited[0]["cpu_ns"]
    sent = [one["id"] for one in records if one["ph"] == "s"]
    assert sorted(one["id"] for one in records if one["ph"] == "f") == sorted(sent) != []
    assert [one["ph"] for one in records if one.get("cat") == "migration"] == ["b", "e"]


def test_a_table_has_a_line_for_each_event() -> None:
    head, *rows = csv.reader(io.StringIO(made("csv", "es")))
    assert [row[1] for row in rows] == [str(one.seq) for one in events()]
    told = dict(zip(head, next(row for row in rows if row[3] == "migration.resumed"), strict=True))
    assert (told["process"], told["migration"], told["node"]) == ("P", "n1/1", "n2")
    assert told["told"].startswith("P")


def test_a_log_for_shiviz_has_clocks_that_know_what_was_sent_before() -> None:
    """Read by the expression that ShiViz takes by default: whoever has got a message knows of all that its sender knew."""
    read = re.findall(r"(?P<host>\S*) (?P<clock>{.*})\n(?P<event>.*)", made("shiviz"))
    known: dict[str, int] = {}
    sent: dict[str, dict[str, int]] = {}
    for host, written, event in read:
        clock = json.loads(written)
        assert clock[host] == known.get(host, 0) + 1, "each event of a node counts once"
        known[host] = clock[host]
        message = re.search(r"(sends|gets) message (\S+)", event)
        if message and message[1] == "sends":
            sent[message[2]] = clock
        elif message:
            assert all(count <= clock[node] for node, count in sent[message[2]].items()), event
    delivered = [one.event for one in events() if one.event.__struct_config__.tag == "message.delivered"]
    assert len(re.findall(r"gets message", made("shiviz"))) == len(delivered) > 0
    assert "recibe el mensaje" in made("shiviz", "es")


# ------------------------------------------------------------------------------------------------- packages and reports


def test_a_package_has_a_manifest_and_a_page_that_reports() -> None:
    package = FORMS["scorm"].make(kept())
    assert isinstance(package, bytes)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.namelist() == ["imsmanifest.xml", "index.html"]
        manifest = ET.fromstring(archive.read("imsmanifest.xml"))  # noqa: S314 - it is our own
        shown = archive.read("index.html").decode()

    spaces = {
        "m": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
        "adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2",
    }
    assert manifest.findtext(".//m:item/m:title", "", spaces) == TITLE["en"]
    resource = manifest.find(".//m:resource", spaces)
    assert resource is not None
    assert resource.attrib[f"{{{spaces['adlcp']}}}scormtype"] == "sco"
    assert "LMSInitialize" in shown
    assert "LMSInitialize" not in made("html")


def test_a_page_tells_a_right_prediction_by_the_number_of_its_choice() -> None:
    shown = made("html")
    data = re.search(r'<script id="data" type="text/plain">(.*?)</script>', shown, re.DOTALL)
    assert data is not None
    (quiz,) = json.loads(zlib.decompress(base64.b64decode(data[1])))["films"]["en"]["quizzes"]

    assert (quiz["choices"], quiz["correct"], quiz["figure"]) == (["n1", "n2"], 2, None)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_report_has_verdicts_tables_drawings_pages_and_the_narration(lang: str) -> None:
    verdicts = (Verdict("one", ok=True), Verdict("other", ok=False))
    shown = report(events(), TITLE, {"seed": "0"}, lang, verdicts)

    for text in ("<strong>ok</strong> one", "other", "n1 → n2", 'role="img"', "<td>primes</td>"):
        assert text in shown
    assert shown.count('<pre class="picture"') == 3
    assert "A <b>" not in shown
    assert "http" not in shown.replace("http-equiv", "")
    assert len(shown) < 200_000


def test_a_chart_has_every_burst_and_every_message_that_arrived() -> None:
    happenings = Happenings()
    for stamped in events():
        happenings.take(stamped)

    busy_ns = sum(one.to_ns - one.from_ns for one in happenings.bursts)
    view = ClusterView()
    for stamped in events():
        view.apply(stamped)
    used_ns = sum(process.cpu_ns for process in view.processes.values())
    assert used_ns <= busy_ns <= 1.01 * used_ns  # who gets the CPU has it while the kernel switches
    assert len(happenings.flights) == view.counts["message.delivered"]
    assert [(one.source, one.destination) for one in happenings.moves] == [("n1", "n2")]
    drawn, shown, count = space_time(happenings, "t")
    assert (shown, count) == (len(happenings.flights),) * 2
    assert drawn.count('class="move"') == 1
    assert gantt(happenings, {"n1.1": "<P>"}, "t").count("&lt;P&gt;") >= 2


@pytest.mark.parametrize(("colour", "ground"), [("#333333", "#000000"), ("#cccccc", "#ffffff"), ("#ff0000", "#00ff00")])
def test_text_can_be_read_on_what_is_behind_it(colour: str, ground: str) -> None:
    def luminance(one: str) -> float:
        parts = [int(one[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(readable(colour, ground)), luminance(ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    assert readable("#000000", "#ffffff") == "#000000"
