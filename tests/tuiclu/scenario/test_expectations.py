"""A verdict says what was expected and, if it failed, what was seen and when, in either language."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from tuiclu.language.quantities import Duration
from tuiclu.model.summary import STATES
from tuiclu.scenario import expectations, schema
from tuiclu.scenario.expectations import Verdict, judge

MS = 1_000_000


def process(name: str = "P", pid: str = "n1.1", **changes: Any) -> dict[str, Any]:
    """A process that ended well on n3, 1.9 s after its start at 0.1 s."""
    ended = {"state": "exited", "exit_code": 0, "signal": None, "reason": "", "started_s": 0.1, "turnaround_s": 1.9}
    return {"name": name, "pid": pid, "home": "n1", "node": "n3", "output": "2262\n"} | ended | changes


def still_running(name: str = "P", **changes: Any) -> dict[str, Any]:
    return process(name, state="running", exit_code=None, turnaround_s=None, **changes)


def killed(**changes: Any) -> dict[str, Any]:
    ended = {"exit_code": None, "signal": "SIGSEGV", "reason": "load from 0x10"}
    return process(**ended | changes)


def migration(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A migration of P from n1 to n3 that took 0.3 s from 0.5 s, 11 ms of it frozen."""
    what = {"id": number, "process": "P", "pid": "n1.1", "source": "n1", "destination": "n3", "strategy": "eager-all"}
    how = {
        "outcome": "completed",
        "reason": "asked",
        "freeze_s": 0.011,
        "started_s": 0.5,
        "total_s": 0.3,
        "initiated_by": "user",
        "refused_at": None,
        "frozen_because": "",
    }
    return what | how | changes


def refused(number: int = 2) -> dict[str, Any]:
    return migration(number, outcome="refused", reason="3 frames free, 70 needed", freeze_s=None, total_s=0.002)


def under_way(number: int = 3) -> dict[str, Any]:
    return migration(number, outcome="unfinished", freeze_s=None, total_s=None)


def result(*processes: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"virtual_s": 3.41, "processes": list(processes), "migrations": [], "invariants": []} | parts


def verdict_on(expectation: schema.AnyExpectation, run: Mapping[str, Any], lang: str = "en", **counts: int) -> Verdict:
    return judge(expectation, run, {kind.replace("_", "."): count for kind, count in counts.items()}, lang)


def held(text: str) -> Verdict:
    return Verdict(text, ok=True)


def failed(text: str) -> Verdict:
    return Verdict(text, ok=False)


# -------------------------------------------------------------------------------------------------------- a process


def test_a_process_that_ended_as_expected_is_told_in_one_sentence() -> None:
    expectation = schema.ProcessExpectation("P", exit=0, output="2262\n", state="exited", on="n3")

    assert verdict_on(expectation, result(process())) == held(
        'P exits with status 0, writes "2262\\n", is exited in the end and is on n3 in the end'
    )


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (process(exit_code=1), "P exited with status 1 at 2 s"),
        (killed(), "P was ended by SIGSEGV at 2 s (load from 0x10)"),
        (still_running(), "P was running when the run ended, at 3.41 s"),
        (process(state="lost", exit_code=None, reason="n3 crashed"), "P was lost at 2 s (n3 crashed)"),
        (process(name="Q", pid="n1.2"), "there was no process P"),
    ],
)
def test_a_process_that_did_not_exit_as_expected_is_told_how_it_ended(seen: dict[str, Any], says: str) -> None:
    expectation = schema.ProcessExpectation("P", exit=0)

    assert verdict_on(expectation, result(seen)) == failed(f"P exits with status 0; but {says}")


def test_a_process_is_found_by_its_pid_too() -> None:
    assert verdict_on(schema.ProcessExpectation("n1.1", exit=0), result(process())).ok


def test_a_signal_is_expected_by_its_name() -> None:
    expectation = schema.ProcessExpectation("P", signal="SIGSEGV")

    assert verdict_on(expectation, result(killed())) == held("P is ended by SIGSEGV")
    assert verdict_on(expectation, result(process())) == failed(
        "P is ended by SIGSEGV; but P exited with status 0 at 2 s"
    )


def test_a_process_on_another_node_is_told_where_it_was() -> None:
    assert verdict_on(schema.ProcessExpectation("P", on="n1"), result(process())) == failed(
        "P is on n1 in the end; but P was on n3 when the run ended, at 3.41 s"
    )


def test_all_that_is_wrong_with_a_process_is_told() -> None:
    expectation = schema.ProcessExpectation("P", exit=0, output="2262\n")

    assert verdict_on(expectation, result(process(exit_code=1, output=""))) == failed(
        'P exits with status 0 and writes "2262\\n"; but P exited with status 1 at 2 s; P wrote ""'
    )


def test_of_a_long_output_the_first_wrong_line_is_told() -> None:
    lines = [f"line {number}\n" for number in range(1, 21)]
    expectation = schema.ProcessExpectation("P", output="".join(lines))
    shown = 'P writes "line 1\\nline 2\\nline 3\\nline 4\\nline 5\\nline 6\\nline 7\\nline 8\\nl"...'

    wrong = "".join([*lines[:9], "oops\n", *lines[10:]])
    assert verdict_on(expectation, result(process(output=wrong))) == failed(
        f'{shown}; but line 10 of what P wrote is "oops\\n" instead of "line 10\\n"'
    )
    assert verdict_on(expectation, result(process(output="".join(lines[:9])))) == failed(
        f'{shown}; but line 10 of what P wrote is missing instead of "line 10\\n"'
    )


def test_an_expectation_of_several_processes_holds_if_it_holds_for_each() -> None:
    expectation = schema.ProcessExpectation(("P", "Q"), exit=0)
    good, bad = process("P"), process("Q", pid="n1.2", exit_code=3)

    assert verdict_on(expectation, result(good, process("Q"))) == held("each of P and Q exits with status 0")
    assert verdict_on(expectation, result(good, bad)) == failed(
        "each of P and Q exits with status 0; but Q exited with status 3 at 2 s"
    )


def test_of_many_failures_the_first_three_are_told() -> None:
    names = tuple(f"P{number}" for number in range(1, 11))
    expectation = schema.ProcessExpectation(names, exit=0)

    assert verdict_on(expectation, result(*[process(name, exit_code=1) for name in names])) == failed(
        "each of P1, P2 ... P10 exits with status 0; but P1 exited with status 1 at 2 s; "
        "P2 exited with status 1 at 2 s; P3 exited with status 1 at 2 s; and 7 more"
    )


# -------------------------------------------------------------------------------------------------------- migrations


def migrations(**filters: Any) -> schema.MigrationsExpectation:
    return schema.MigrationsExpectation(schema.MigrationFilter(**filters))


def test_without_a_count_one_migration_is_enough() -> None:
    run = result(migrations=[refused(), migration(3)])

    assert verdict_on(migrations(of="P", outcome="completed"), run) == held("completed migrations of P: at least 1")
    assert verdict_on(migrations(), run) == held("migrations: at least 1")


def test_a_wrong_number_of_migrations_is_told_with_what_became_of_each() -> None:
    run = result(migrations=[migration(), refused(), under_way()])

    assert verdict_on(migrations(of="P", outcome="completed", strategy="eager-all", count=2), run) == failed(
        "completed migrations of P by eager-all: exactly 2; but there were 1: "
        "migration 1 of P from n1 to n3 by eager-all was completed at 800 ms; "
        "migration 2 of P from n1 to n3 by eager-all was refused at 502 ms (3 frames free, 70 needed); "
        "migration 3 of P from n1 to n3 by eager-all was still under way when the run ended, at 3.41 s"
    )


def test_no_migration_at_all_can_be_expected() -> None:
    assert verdict_on(migrations(of="Q", count=0), result(migrations=[migration()])) == held(
        "migrations of Q: exactly 0"
    )


def test_no_migration_where_one_was_expected_is_told() -> None:
    assert verdict_on(migrations(of="Q"), result(migrations=[migration()])) == failed(
        "migrations of Q: at least 1; but there were 0"
    )


def freeze(of: schema.Processes | None = "P") -> schema.FreezeExpectation:
    return schema.FreezeExpectation(schema.FreezeBound(Duration(50 * MS), of))


def test_a_short_freeze_is_fine() -> None:
    run = result(migrations=[migration(), refused()])

    assert verdict_on(freeze(), run) == held("P stands still for less than 50 ms in every migration")
    assert verdict_on(freeze(None), run).text == (
        "every process that moves stands still for less than 50 ms in every migration"
    )


def test_a_freeze_that_is_too_long_is_told_with_its_migration() -> None:
    run = result(migrations=[migration(), migration(2, freeze_s=0.05)])

    assert verdict_on(freeze(), run) == failed(
        "P stands still for less than 50 ms in every migration; "
        "but P stood still for 50 ms in migration 2, from n1 to n3"
    )


def test_a_freeze_that_came_to_no_move_counts_as_any_other() -> None:
    moved = {"from_s": 0.1, "length_s": 0.011}
    for_nothing = {"from_s": 0.7, "length_s": 1.5}
    run = result(process(standstills=[moved, for_nothing]), migrations=[migration()])

    assert verdict_on(freeze(), run) == failed(
        "P stands still for less than 50 ms in every migration; but P stood still for 1.5 s at 700 ms, and was not moved"
    )


def test_a_freeze_of_a_process_that_never_moved_has_failed() -> None:
    assert verdict_on(freeze(), result(migrations=[refused()])) == failed(
        "P stands still for less than 50 ms in every migration; but there were no completed migrations of P"
    )


# ------------------------------------------------------------------------------------------- turnaround and the run


def turnaround(**bounds: Any) -> schema.TurnaroundExpectation:
    return schema.TurnaroundExpectation(schema.TurnaroundBound("P", **bounds))


def lazy(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A migration that left pages in the memory and on the disk of n1."""
    pages = {"remote_faults": 40, "rounds": [{"pages": 3}], "residual_at_resume": ["n1", "n1 (disk)"]}
    return migration(number, strategy="eager-dirty") | pages | changes


@pytest.mark.parametrize(
    ("bound", "lang", "says"),
    [
        ({"count": 9}, "en", "page faults of P, each: exactly 9"),
        ({"at_most": 8}, "en", "page faults of P, each: at most 8; but P had 9"),
        ({"at_most": 8}, "es", "fallos de página de P, cada uno: como mucho 8; pero P tuvo 9"),
        ({"of": ("P", "Q")}, "en", "page faults of P and Q, each: at least 1; but there was no process Q"),
    ],
)
def test_page_faults_are_counted_from_wherever_the_pages_came(bound: dict[str, Any], lang: str, says: str) -> None:
    expectation = schema.FaultsExpectation(schema.FaultsBound(**{"of": "P"} | bound))
    run = result(process(faults={"zero": 6, "disk": 2, "image": 1}))
    assert verdict_on(expectation, run, lang).text == says


def pages(**bound: Any) -> schema.PagesExpectation:
    return schema.PagesExpectation(schema.PagesBound(**{"of": "P", "figure": "remote-faults"} | bound))


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        ({}, "faults served from another memory of P, in every completed migration: at least 1"),
        ({"count": 40}, "faults served from another memory of P, in every completed migration: exactly 40"),
        (
            {"at_most": 39},
            (
                "faults served from another memory of P, in every completed migration: at most 39; "
                "but there were 40 in migration 1 of P, by eager-dirty"
            ),
        ),
        (
            {"figure": "rounds", "strategy": "eager-dirty", "to": "n3", "at_least": 2},
            (
                "sets of pages sent of P by eager-dirty to n3, in every completed migration: at least 2; "
                "but there were 1 in migration 1 of P, by eager-dirty"
            ),
        ),
        (
            {"strategy": "precopy", "count": 40},
            (
                "faults served from another memory of P by precopy, in every completed migration: exactly 40; "
                "but there were no completed migrations of P by precopy"
            ),
        ),
    ],
)
def test_the_pages_of_a_migration_have_bounds(bound: dict[str, Any], says: str) -> None:
    assert verdict_on(pages(**bound), result(migrations=[lazy()])) == Verdict(says, "; but" not in says)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (
            {"memory": ("n1",), "disk": ("n1",)},
            "P depends on the memory of n1 and the disk of n1 when it goes on",
        ),
        (
            {"disk": ("n1",), "to": "n3"},
            (
                "P depends on the disk of n1 when it goes on to n3; "
                "but P depended on the memory of n1 and the disk of n1 after migration 1, by eager-dirty"
            ),
        ),
        (
            {"memory": ("n1",), "disk": ("n1",), "mail": ("n3",)},
            (
                "P depends on the memory of n1, the disk of n1 and mail that n3 passes on when it goes on; "
                "but P depended on the memory of n1 and the disk of n1 after migration 1, by eager-dirty"
            ),
        ),
        (
            {"to": "n2"},
            "P depends on nobody when it goes on to n2; but there were no completed migrations of P to n2",
        ),
    ],
)
def test_whom_a_process_depends_on_is_judged_for_the_instant_at_which_it_goes_on(
    wanted: dict[str, Any], says: str
) -> None:
    expectation = schema.ResidualExpectation(schema.ResidualDependencies(of="P", **wanted))
    assert verdict_on(expectation, result(migrations=[lazy()])) == Verdict(says, "; but" not in says)


def test_a_migration_can_be_asked_why_it_froze_when_it_did() -> None:
    wanted = schema.MigrationsExpectation(schema.MigrationFilter(frozen_because="no gain"))
    fits = result(migrations=[migration(frozen_because="no gain")])
    assert verdict_on(wanted, fits) == Verdict("migrations stopped by `no gain`: at least 1", ok=True)
    assert not verdict_on(wanted, result(migrations=[migration(frozen_because="round limit")])).ok


def test_a_turnaround_has_bounds() -> None:
    bounds = turnaround(above=Duration(1000 * MS), below=Duration(2000 * MS))

    assert verdict_on(bounds, result(process())) == held("P takes more than 1 s and less than 2 s from start to end")
    assert verdict_on(turnaround(below=Duration(1900 * MS)), result(process())) == failed(
        "P takes less than 1.9 s from start to end; but P took 1.9 s"
    )
    assert verdict_on(turnaround(above=Duration(2000 * MS)), result(process())) == failed(
        "P takes more than 2 s from start to end; but P took 1.9 s"
    )


def test_a_turnaround_of_a_process_that_did_not_end_has_failed() -> None:
    assert verdict_on(turnaround(below=Duration(2000 * MS)), result(still_running())) == failed(
        "P takes less than 2 s from start to end; but P was running when the run ended, at 3.41 s"
    )


@pytest.mark.parametrize(
    ("expectation", "count", "verdict"),
    [
        (schema.EventExpectation("node.crashed"), 1, held("events node.crashed: at least 1")),
        (schema.EventExpectation("node.crashed"), 0, failed("events node.crashed: at least 1; but there were 0")),
        (schema.EventExpectation("node.crashed", count=0), 0, held("events node.crashed: exactly 0")),
        (
            schema.EventExpectation("node.crashed", count=2),
            3,
            failed("events node.crashed: exactly 2; but there were 3"),
        ),
        (
            schema.EventExpectation("node.crashed", at_least=1, at_most=2),
            2,
            held("events node.crashed: at least 1 and at most 2"),
        ),
        (
            schema.EventExpectation("node.crashed", at_most=2),
            3,
            failed("events node.crashed: at most 2; but there were 3"),
        ),
    ],
)
def test_events_are_counted(expectation: schema.EventExpectation, count: int, verdict: Verdict) -> None:
    assert verdict_on(expectation, result(), node_crashed=count) == verdict


def test_a_violated_invariant_is_named() -> None:
    expectation = schema.InvariantsExpectation("hold")
    good = {"name": "frames", "ok": True}
    bad = {"name": "one-owner", "ok": False, "detail": "n1.1 has two (at 0.5 s)"}

    assert verdict_on(expectation, result(invariants=[good])) == held("all invariants hold")
    assert verdict_on(expectation, result(invariants=[good, bad])) == failed(
        "all invariants hold; but one-owner was violated: n1.1 has two (at 0.5 s)"
    )


# --------------------------------------------------------------------------------------------------------- languages


def test_verdicts_speak_spanish() -> None:
    run = result(killed(), migrations=[refused()], invariants=[{"name": "frames", "ok": False}])

    assert [
        verdict_on(expectation, run, "es").text
        for expectation in (
            schema.ProcessExpectation("P", exit=0, on="n1"),
            schema.ProcessExpectation("P", state="blocked"),
            migrations(of="P", outcome="completed", count=1),
            freeze(("P", "Q")),
            turnaround(below=Duration(1000 * MS)),
            schema.EventExpectation("node.crashed"),
            schema.InvariantsExpectation("hold"),
        )
    ] == [
        (
            "P termina con el estado 0 y está en n1 al final; pero P acabó por SIGSEGV en 2 s (load from 0x10); "
            "P estaba en n3 cuando acabó la ejecución, en 3.41 s"
        ),
        "P está bloqueado al final; pero P acabó por SIGSEGV en 2 s (load from 0x10)",
        (
            "migraciones completadas de P: exactamente 1; pero hubo 0: la migración 2 de P de n1 a n3 por eager-all "
            "fue rechazada en 502 ms (3 frames free, 70 needed)"
        ),
        "cada uno de P y Q está parado menos de 50 ms en cada migración; pero no hubo migraciones completadas de P y Q",
        "P tarda menos de 1 s de principio a fin; pero P tardó 1.9 s",
        "eventos node.crashed: al menos 1; pero hubo 0",
        "se cumplen todos los invariantes; pero se violó frames",
    ]


def test_an_unknown_language_is_english() -> None:
    assert verdict_on(schema.EventExpectation("node.crashed"), result(), "fr").text == (
        "events node.crashed: at least 1; but there were 0"
    )


def test_every_expectation_has_a_judge_and_every_state_and_outcome_a_word() -> None:
    assert tuple(expectations.JUDGES) == get_args(schema.AnyExpectation)
    assert tuple(STATES) == get_args(schema.ProcessState)
    assert tuple(expectations.OUTCOMES) == get_args(schema.Outcome)
