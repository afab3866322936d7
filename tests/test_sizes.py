"""No class grows beyond what one can hold in one's head, but where it says why."""

from __future__ import annotations

import ast
from functools import cache

from tests.test_imports import PACKAGES, ROOT

MOST_LINES = 300

REASONS = {
    "nodes.kernel.cpu.Cpu": "one machine: its registers, its pages and going back are one piece of state",
    "nodes.kernel.memory.AddressSpace": "one page table: every method keeps the same invariants of frames, regions and dirty pages",
    "nodes.kernel.processor.Processor": "one CPU: its clock, its quantum and its queues are counted together",
    "nodes.kernel.link_service.LinkService": "both ends of one protocol: what an end asks and what it answers are read side by side",
    "nodes.kernel.mail.MailService": "the rules for a letter and the ways of redirection, which every one of the rules depends on",
    "nodes.migration.remote_pages.RemotePages": "both ends of one protocol: an owner of pages and their keeper",
    "nodes.migration.session.MigrationService": "both ends of one protocol: the source of a migration and its destination",
    "tuiclu.cluster.engine.Engine": "one loop: it hands its parts to each other, and whatever they do next depends on all of them",
    "tuiclu.live.director.Director": "one pacer: what a front asks for, and when virtual time may go on because of it",
    "tuiclu.tui.app.ClusterApp": "one screen: Textual finds what answers its messages as methods of the app",
}


@cache
def large_classes() -> dict[str, int]:
    """Return the classes with more than MOST_LINES lines."""
    found: dict[str, int] = {}
    for path in (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            lines = (node.end_lineno or 0) - node.lineno + 1 if isinstance(node, ast.ClassDef) else 0
            if isinstance(node, ast.ClassDef) and lines > MOST_LINES:
                found[f"{module}.{node.name}"] = lines
    return found


def test_every_large_class_has_its_reason() -> None:
    assert sorted(name for name in large_classes() if name not in REASONS) == []


def test_no_reason_is_given_for_a_class_that_is_small() -> None:
    assert sorted(name for name in REASONS if name not in large_classes()) == []
