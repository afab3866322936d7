"""Follows the events of a run and reports them in frames, for whoever draws them: a screen while it runs, a film when it is over. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from nodes.wire.events import ChapterBegan, Narration, QuestionAsked, Stamped, kind_of
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Chapter, Details, Frame, Question, Spoken
from tuiclu.model.narration import Narrator
from tuiclu.model.screen import ScreenView
from tuiclu.quiz.marks import wanted
from tuiclu.texts import LANGUAGES, in_own_words
from tuiclu.texts import told as told_in

NEWS = 400
"""Lines of the event stream in one frame, at most."""


class Reporter:
    """What has happened, and what is new of it since the last frame."""

    def __init__(
        self, view: ClusterView, screen: ScreenView, title: dict[str, str], chapters: Sequence[dict[str, str]] = ()
    ) -> None:
        """`view` and `screen` have seen each event before it is reported. `chapters`: the titles of those to come, as the script tells."""
        self._view = view
        self._screen = screen
        self._narrators = {lang: Narrator(view, lang, in_own_words(title, lang)) for lang in LANGUAGES}
        self._frames = 0
        self.events = 0
        """How many there were."""
        self._lines: deque[bytes] = deque(maxlen=NEWS)
        self.new_lines = 0
        """How many events no frame has told of yet."""
        self._spoken: deque[Spoken] = deque(maxlen=NEWS)
        self._said: dict[str, str] = {}
        self._questions = 0
        self.question: Question | None = None
        """What the audience is asked; whoever is in front takes it away when it is answered."""
        self._chapters: list[Chapter] = []
        self._chapters_to_come = list(chapters)

    def take(self, stamped: Stamped) -> dict[str, list[str]]:
        """Take an event; return the sentences that tell it, by language."""
        self.events += 1
        self.new_lines += 1
        self._lines.append(stamped.to_json())
        told = {
            lang: [line.partition(" s  ")[2] for line in narrator.tell(stamped)]
            for lang, narrator in self._narrators.items()
        }
        kind = kind_of(stamped.event)
        for index, line in enumerate(told[LANGUAGES[0]]):
            texts = {lang: lines[index] if index < len(lines) else line for lang, lines in told.items()}
            self._spoken.append(Spoken(stamped.t, texts, kind))
        match stamped.event:
            case Narration(text):
                self._said = text
            case QuestionAsked(question, answer, choices) as asked:
                self._questions += 1
                form = wanted(asked) if asked.figure else None
                forms = {lang: told_in(form, lang) for lang in LANGUAGES} if form is not None else {}
                self.question = Question(self._questions, question, answer, tuple(choices), forms)
            case ChapterBegan(title):
                self._chapters.append(Chapter(title, stamped.t))
                if title in self._chapters_to_come:
                    self._chapters_to_come.remove(title)
            case _:
                pass
        return told

    def frame(
        self,
        *,
        now_ns: int,
        still: bool,
        details: Details,
        pids: dict[str, int],
        find: str | None = None,
        **further: Any,
    ) -> Frame:
        """Return the next frame, with all that is new since the last one. `further`: the fields that tell how time passes.

        `still`: nothing is left to happen. `details` are of this instant: make them after `look_at`.
        """
        screen, recent = self._screen, self._screen.recent
        screen.look_at(now_ns, still=still)
        self._frames += 1
        frame = Frame(
            number=self._frames,
            now_ns=now_ns,
            events=self.events,
            nodes=screen.node_cards(pids),
            processes=screen.process_rows(find),
            migrations=screen.migration_rows(),
            wires=screen.wires(),
            news=tuple(self._lines),
            skipped=self.new_lines - len(self._lines),
            spoken=tuple(self._spoken),
            talks=tuple(recent.deliberations.talks),
            decisions=tuple(recent.deliberations.decisions),
            beliefs=recent.beliefs.rows(),
            details=details,
            question=self.question,
            policies=self._view.policies.usual(),
            said=self._said,
            chapters=(*self._chapters, *(Chapter(title, None) for title in self._chapters_to_come)),
            **further,
        )
        self._lines.clear()
        self.new_lines = 0
        self._spoken.clear()
        return frame
