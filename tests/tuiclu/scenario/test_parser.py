"""A scenario is read as it is meant, and whatever is wrong with it gets one message with its place."""

import os
from pathlib import Path

import pytest

from tests.tuiclu.scenario.example import GOOD, SMALL, load, message, spoilt
from tuiclu.errors import InputError
from tuiclu.language.quantities import Duration, Pages, Size, Speed
from tuiclu.scenario import schema
from tuiclu.scenario.convert import MADE_OF
from tuiclu.scenario.parser import decode, load_scenario

HELLO = Path(__file__).parents[3] / "nodes" / "programs" / "hello.elf"

# ------------------------------------------------------------------------------------------------------ what is read


def test_a_good_scenario_is_read() -> None:
    scenario = load()

    assert scenario.file.seed == 7
    assert scenario.file.cluster.nodes["n2"] == schema.NodeSettings(mips=Speed(1_500_000_000), resources=("printer",))
    assert scenario.file.cluster.migration.batch == Pages(32)
    assert scenario.file.cluster.defaults.memory == Size(2 * 2**20)
    assert scenario.file.until == Duration(20 * 10**9)
    assert scenario.groups == {"P": ("P",), "Q": ("Q1", "Q2", "Q3", "Q4")}
    assert list(scenario.images) == ["primes", "scan", "hello"]


def test_the_smallest_scenario_is_a_version_and_a_node() -> None:
    scenario = load("tuiclu: 1\ncluster: {nodes: {n1: {}}}\n")

    assert scenario.file.processes == {}
    assert scenario.title == {"en": "s", "es": "s"}, "without a title it is called as its file"


def test_a_text_is_for_all_languages_and_a_missing_language_gets_the_other() -> None:
    assert schema.in_every_language("Hello") == {"en": "Hello", "es": "Hello"}
    assert schema.in_every_language({"es": "Hola"}) == {"en": "Hola", "es": "Hola"}
    assert load().title == {"en": "Eviction", "es": "Desalojo"}


def test_arguments_reach_a_program_as_they_are_written() -> None:
    text = SMALL + "processes: {P: {program: hello, on: n1, args: [007, 1_000, 0x10, 2.50, True, yes, '1e3', 1e3]}}\n"

    assert load(text).file.processes["P"].args == ("7", "1000", "16", "2.50", "true", "yes", "1e3", "1e3")


def test_a_list_of_nodes_without_a_count_makes_one_process_on_each() -> None:
    assert load(SMALL + "processes: {P: {program: hello, on: [n1, n2]}}").groups == {"P": ("P1", "P2")}


def test_anchors_aliases_and_merge_keys_are_fine() -> None:
    text = """\
tuiclu: 1
cluster:
  nodes:
    n1: &fast {mips: 100, memory: 4 MiB}
    n2: *fast
    n3: {<<: *fast, memory: 1 MiB}
"""
    nodes = load(text).file.cluster.nodes

    assert nodes["n2"] == nodes["n1"]
    assert nodes["n3"] == schema.NodeSettings(mips=Speed(10**8), memory=Size(2**20))


def test_yaml_is_1_2_so_no_and_on_are_texts() -> None:
    text = SMALL + "processes: {P: {program: hello, on: n1, args: [no, off, 1:30, 2001-01-01]}}\n"

    assert load(text).file.processes["P"].args == ("no", "off", "1:30", "2001-01-01")


def test_a_process_may_be_spawned_later_and_named_by_its_pid() -> None:
    text = SMALL + (
        "script:\n"
        "  - {at: 1 s, spawn: {name: R, program: hello, on: n1}}\n"
        "  - {at: 2 s, migrate: {process: R, to: n1}}\n"
        "  - {at: 2 s, migrate: {process: n1.1, to: n2}}\n"
        "  - {at: 3 s, restart: n2}\n"
    )
    assert len(load(text).file.script) == 4


def test_an_elf_file_is_looked_for_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mine.elf").write_bytes(HELLO.read_bytes())
    file = tmp_path / "s.yaml"
    file.write_text(SMALL + "processes: {P: {program: bin/mine.elf, on: n1, args: [x]}}\n")

    scenario = load_scenario(file)

    assert list(scenario.images) == ["mine.elf"]
    assert scenario.images["mine.elf"].entry > 0


@pytest.mark.parametrize("other", ["other/mine.elf", "other/primes"])
def test_two_programs_of_one_name_are_told_apart_by_their_bytes_or_refused(tmp_path: Path, other: str) -> None:
    for folder in ("bin", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.elf").write_bytes(HELLO.read_bytes())
    file = tmp_path / "s.yaml"
    file.write_text(SMALL + f"processes: {{P: {{program: bin/mine.elf, on: n1}}, Q: {{program: {other}, on: n1}}}}\n")
    if other == "other/mine.elf":
        assert list(load_scenario(file).images) == ["mine.elf"]
    (tmp_path / other).write_bytes(HELLO.with_name("sort.elf").read_bytes())

    with pytest.raises(InputError, match=f"there are two programs called `{Path(other).name}`"):
        load_scenario(file)


# -------------------------------------------------------------------------------------------------- files that are none


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "none.yaml")

    assert str(caught.value) == (
        f"{tmp_path}/none.yaml: there is no such file. `tuiclu demos` lists the scenarios that come with tuiclu."
    )


def test_a_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path)

    assert str(caught.value) == f"{tmp_path}: this is a directory. Name a file in it."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(GOOD)
    file.chmod(0)
    with pytest.raises(InputError) as caught:
        load_scenario(file)

    assert str(caught.value) == f"{file}: this file may not be read. Look at its permissions."


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"tuiclu: 1\ntitle: caf\xe9\n", "s.yaml:2:11: this is not UTF-8. Save the file as UTF-8."),
        (b"\x7fELF\x02\x01\x01\x00\x00", "s.yaml: this is a binary file. A scenario is a text: YAML in UTF-8."),
        (b"a" * (2**20 + 1), "s.yaml: this is larger than 1 MiB. A scenario is a short text."),
    ],
)
def test_bytes_that_are_no_text_say_so(data: bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        decode(data, "s.yaml")

    assert str(caught.value) == says


def test_a_byte_order_mark_does_no_harm() -> None:
    assert decode(b"\xef\xbb\xbftuiclu: 1", "s.yaml") == "tuiclu: 1"


# ------------------------------------------------------------------------------------------------------------ not YAML


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1:1: this scenario is empty. It begins with `tuiclu: 1` and needs a `cluster`."),
        ("# nothing\n", "1:1: this scenario is empty. It begins with `tuiclu: 1` and needs a `cluster`."),
        ("- a\n", "1:1: a scenario is a mapping, not a list. It begins with `tuiclu: 1`."),
        ("abc\n", "1:1: a scenario is a mapping, not the text `abc`. It begins with `tuiclu: 1`."),
        ("a:\n\tb: 1\n", "2:1: a tab cannot indent. YAML is indented with spaces."),
        ("a: b: c\n", "1:5: a `:` does not fit here. Quote a text that has `: ` in it; check the indentation."),
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2: the indentation does not fit here. Keys of one mapping, and dashes of one list, start in one column.",
        ),
        ("a: [1, 2\n", "2:1: the file ends in the middle of a value. Close the quote or the bracket."),
        ("a: 'x\n", "2:1: the file ends in the middle of a value. Close the quote or the bracket."),
        ("a: @x\n", "1:4: this character cannot begin a value. Quote a text that begins with it."),
        ("a: 1\nb\n", "3:1: a key has no `:` after it. Write `key: value`."),
        ("a: *b\n", "1:4: this alias has no anchor. An alias `*name` repeats what `&name` marked further up."),
        ("a: 1\nb: 2\na: 3\n", "3:1: `a` is here twice. The first is in line 1; leave one out."),
        ("[a]: 1\n", "1:1: a mapping or a list cannot be a key. A key is a name: write `key: value`."),
        (
            "a: !!python/object:os.system x\n",
            (
                "1:4: the tag `!!python/object:os.system` has no meaning here. "
                "A scenario holds plain values only: leave it out."
            ),
        ),
        ("a: 1\n---\nb: 1\n", "2:1: there is a second document here. A scenario file holds one: leave out the `---`."),
        (
            "%YAML 1.1\n---\na: 1\n",
            "1:1: `%YAML 1.1` asks for another YAML. A scenario is YAML 1.2: leave the line out.",
        ),
        ("a: \x07\n", "1:4: the character U+0007 cannot be in a text file. A scenario is YAML in UTF-8."),
        (
            'a: "\\0"\n',
            "1:4: a text cannot hold this character. Leave out the escape `\\0`, or the half of a pair `\\ud...`.",
        ),
        ("a: " + "9" * 5000, "1:4: the number 99999999999999999... has too many digits. If it is a text, quote it."),
        ("[" * 1000, "1:41: this is nested more than 40 deep. No scenario needs that."),
        ("&a [*a]", "1:1: this is nested more than 40 deep. An alias must not repeat what it is in."),
        ("<<: 3\n", "1:5: `<<` cannot merge the number 3. It takes a mapping: `<<: *name`."),
        (
            'a: "\\UFFFFFFFF"',
            "1:1: this is not YAML that can be read. The reader says: Python int too large to convert to C int.",
        ),
    ],
)
def test_what_is_not_yaml_says_where_and_why(text: str, says: str) -> None:
    assert message(text) == f"s.yaml:{says}"


def test_aliases_of_aliases_cannot_fill_the_memory() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{number + 1}: &a{number + 1} [{', '.join([f'*a{number}'] * 10)}]\n" for number in range(20)
    )
    assert message(laughs).endswith("this has more than 100000 values, aliases written out. No scenario needs that.")


# -------------------------------------------------------------------------------------------- values that do not fit


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tuiclu: 1", "tuiclu: 2", "1:9: `tuiclu` cannot be the number 2. Write `1`."),
        ("tuiclu: 1\n", "", "1:1: the scenario has no `tuiclu`. Add `tuiclu: 1`."),
        (
            "title:",
            "titel:",
            ("2:1: `titel` is not a key of the scenario. Did you mean `title`?"),
        ),
        (
            "bandwidth",
            "bandwith",
            ("6:24: `bandwith` is not a key of `cluster.network`. Did you mean `bandwidth`? "
            "The keys are: kind, bandwidth, latency, detection."),
        ),
        ("en: Eviction", "fr: Eviction", "2:9: there is no language `fr`. The languages are: en, es."),
        (
            "{en: Eviction, es: Desalojo}",
            "2024",
            '2:8: `title` cannot be the number 2024. It is a text, or a mapping. Quote it: `"2024"`.',
        ),
        ("seed: 7", "seed: -1", "4:7: `seed` cannot be -1. It is a whole number from 0 to 2**63 - 1."),
        ("seed: 7", "seed: x", "4:7: `seed` cannot be the text `x`. It is a whole number from 0 to 2**63 - 1."),
        ("seed: 7", "seed: true", "4:7: `seed` cannot be `true`. It is a whole number from 0 to 2**63 - 1."),
        ("seed: 7", "seed:", "4:1: `seed` has no value. It is a whole number from 0 to 2**63 - 1."),
        (
            "kind: bus",
            "kind: buss",
            "6:19: `cluster.network.kind` cannot be the text `buss`. Did you mean `bus`? The choices are: bus, mesh, switch.",
        ),
        (
            "round-robin",
            "fifo",
            ("7:66: `cluster.defaults.scheduler` cannot be the text `fifo`. Did you mean `fcfs`? "
             "The choices are: fcfs, feedback, feedback-fixed, highest-response-ratio-next, priority, round-robin, shortest-process-next, "
             "shortest-remaining-time."),
        ),
        ("1 ms", "1 msec", "6:55: `1 msec` is not a duration. Write `1 ms`."),
        ("10 Mbit/s", "10", ("6:35: `10` has no unit. Write `10 Mbit/s`, or another of bit/s, kbit/s, Mbit/s, Gbit/s, "
         "Tbit/s.")),
        ("window: 4", "window: 0", "13:40: `cluster.migration.window` cannot be 0. It is a whole number from 1 to 10000."),
        ("on: n1, ", "", "16:3: `processes.P` has no `on`. Add `on`: it is the name of a node, or a list."),
        ("on: n1,", "on: {n1: 2},", "16:50: `processes.P.on` cannot be a mapping. It is the name of a node, or a list."),
        ("args: {limit: 20000}", "args: 5", "16:30: `processes.P.args` cannot be the number 5. It is a mapping, or a list."),
        ("LEVEL: 3", "LEVEL: [3]", "21:26: `processes.Q.environment.LEVEL` cannot be a list. It is a plain value."),
        ("LEVEL: 3", "LEVEL: ~", "21:19: `processes.Q.environment.LEVEL` has no value. It is a plain value."),
        (
            "LEVEL: 3",
            "A-B: 3",
            ("21:19: `A-B` cannot be the name of a variable. The name of a variable is letters, digits and `_`, "
            "and does not begin with a digit: `HOME`."),
        ),
        ("count: 4", "count: 0", "19:12: `processes.Q.count` cannot be 0. It is a whole number from 1 to 10000."),
        (
            "crash: n3",
            "pause: {node: n3}",
            "32:12: `script.2.pause` cannot be a mapping. It is the name of a node.",
        ),
        ("crash: n3", "crahs: n3", "32:5: `crahs` is not a key of `script.2`. Did you mean `crash`?"),
        ("heal: true", "heal: false", "36:11: `script.4.heal` cannot be `false`. Write `true`."),
        (
            "strategy: eager-all}\nproc",
            "strategy: copy}\nproc",
            (
                "14:22: there is no strategy `copy`. Did you mean `precopy`? "
                "The strategies are: eager-all, precopy, eager-dirty, copy-on-reference, flushing, hybrid."
            ),
        ),
        ("exit: 0", "exit: 256", "42:11: `expect.0.exit` cannot be 256. It is a whole number from 0 to 255."),
        (
            "- process: P",
            "- proces: P",
            ("41:5: `proces` is nothing to expect. Did you mean `process`? "
            "The expectations are: process, migrations, freeze, pages, page-faults, residual, turnaround, event, evictions, "
         "snapshot, invariants."),
        ),
        (
            "outcome: completed",
            "outcome: done",
            ("44:34: `expect.1.migrations.outcome` cannot be the text `done`. "
            "The choices are: aborted, completed, lost, refused, unfinished."),
        ),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_what_does(old: str, new: str, says: str) -> None:
    assert message(spoilt(old, new)) == f"s.yaml:{says}"


# ------------------------------------------------------------------------------------------------- names and numbers


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("n2:", "n1:", "10:5: `n1` is here twice. The first is in line 9; leave one out."),
        (
            "n2:",
            "N2:",
            ("10:5: `N2` cannot be the name of a node. "
            "A node's name is lower-case letters, digits and `-`, and begins with a letter: `n1`."),
        ),
        ("on: n1", "on: n9", "16:50: there is no node `n9`. The nodes are: n1, n2, n3."),
        ("[n1, n2]", "[]", "20:9: `Q` has no node to be on. Name one: `on: n1`."),
        (
            "program: primes",
            "program: prime",
            "16:16: there is no program `prime`. Did you mean `primes`? An ELF file is named by its path.",
        ),
        (
            "program: primes",
            "program: ./none.elf",
            ("16:16: the program none.elf cannot be read: No such file or directory. "
            "The path of an ELF file is relative to the scenario; a bundled program has just a name."),
        ),
        (
            "{limit: 20000}",
            "{limits: 20000}",
            "16:31: `primes` has no argument `limits`. Did you mean `limit`? The arguments are: limit.",
        ),
        ("{limit: 20000}", "{limit: 20k}", "16:38: the argument `limit` of `primes` cannot be `20k`. It is a whole number."),
        ("  Q:", "  P:", "17:3: `P` is here twice. The first is in line 16; leave one out."),
        ("  Q:", "  3Q:", ("17:3: `3Q` cannot be the name of a process. "
         "A process's name is letters, digits, `-` and `_`, and begins with a letter: `P`.")),
        ("  P:", "  Q2:", "17:3: two processes are called `Q2`: `Q2` is another process. Give one of them another name."),
        ("name: R", "name: P", "38:19: two processes are called `P`: `P` is another process. Give one of them another name."),
        ("process: P, to", "process: Q, to", "30:24: `Q` stands for Q1 to Q4. Name one of them: `Q1`."),
        (
            "process: P, to",
            "process: S, to",
            "30:24: there is no process `S`. The processes are: P, Q1, Q2, Q3, Q4, R.",
        ),
        ("to: n3", "to: n4", "30:31: there is no node `n4`. The nodes are: n1, n2, n3."),
        (
            "migration.resumed",
            "migration.resume",
            "31:19: there is no kind of event `migration.resume`. Did you mean `migration.resumed`?",
        ),
        ("after: 3 ms", "pages: 3", "31:50: `migration.resumed` tells of no pages. Leave `pages` out."),
        (
            "after: 3 ms",
            "proces: P",
            ("31:50: `proces` is not a field of `migration.resumed`. Did you mean `process`? "
            "The keys that fit here are: event, process, node, pages, count, after, migration, pid."),
        ),
        ("pages: 40", "pages: 40, count: 2", ("33:59: `count` and `pages` do not go together. "
         "Wait for the Nth event, or for so many pages.")),
        ("event: migration.resumed, process: P", "event: node.crashed, process: P",
         "31:33: `node.crashed` tells of no process. Leave `process` out."),
        ("event: node.crashed", "event: node.crash", ("47:12: there is no kind of event `node.crash`. "
         "Did you mean `node.crashed`?")),
        (
            "latency: 1 ms",
            "latency: 0",
            ("6:55: the latency cannot be 0. It is how far nodes may run ahead of one another, in parallel, "
            "before a message can reach them: write `1 us`."),
        ),
        ("quantum: 20 ms", "quantum: 0", "7:48: the quantum cannot be 0. A process must get the CPU for some time: `20 ms`."),
        (
            "memory: 2 MiB",
            "memory: 4 KiB",
            "7:32: a memory of `4 KiB` is too small. A node needs at least `16 KiB`, or no program fits.",
        ),
        ("mips: 10", "mips: 0", "7:20: `0` is too little. A speed is at least `1 IPS`."),
        ("offer-timeout: 1 s", "offer-timeout: 0", ("13:58: the offer-timeout cannot be 0. "
         "Nothing can be answered in no time: `2 s`.")),
        ("start: 0 s", "start: 21 s", "16:61: `P` would start at 21 s. The run ends at 20 s: see s.yaml:39:8."),
        ("at: 600 ms", "at: 30 s", "29:9: this step would come at 30 s. The run ends at 20 s: see s.yaml:39:8."),
        ("at: 600 ms\n    migrate", "migrate", ("29:5: this step has no time. "
         "Give it `at: 500 ms`, `every: 8 s`, `when: {event: ...}` or `whenever: {event: ...}`.")),
        ("at: 2 s", "at: 2 s\n    when: {event: node.crashed}", ("35:5: this step has both `at` and `when`. "
         "Give it one of them; only `at` and `every` go together.")),
        ("at: 2 s", "every: 2 s\n    whenever: {event: node.crashed}", ("35:5: this step has both `whenever` and `every`. "
         "Give it one of them; only `at` and `every` go together.")),
        ("at: 2 s", "every: 0 s", "35:12: the every cannot be 0. Some time must pass in between: `8 s`."),
        ("at: 2 s", "at: 2 s\n    jitter: 1 s", "36:5: `jitter` goes with `every`. Add `every: 8 s`."),
        ("at: 2 s", "every: 2 s\n    jitter: 3 s", ("36:13: a jitter of 3 s is more than 2 s. "
         "One time would come before the one before it.")),
        ("    crash: n3\n", "", ("31:5: this step does nothing. Add one verb: migrate, cancel, spawn, kill, signal, crash, restart, "
         "pause, resume, slow, partition, heal, activate, idle, stay, block, expel, bring, shutdown, set, snapshot, say, "
         "chapter, ask, stop.")),
        ("crash: n3", "crash: n3\n    pause: n2", ("33:5: this step has two verbs, `crash` and `pause`. "
         "Make it two steps; they may share one `at`.")),
        ("{from: n1, to: [n2, n3]}", "[n1, n2, n3]", ("34:16: there is no node on one side of this partition. "
         "Each side needs one.")),
        ("{from: n1, to: [n2, n3]}", "{from: n1}", "34:5: `from` and `to` belong together. Write `{from: n1, to: n2}`."),
        ("{from: n1, to: [n2, n3]}", "{nodes: [n1], others: [n1]}",
         "34:16: `n1` is on both sides of this partition. A node is on one side."),
        ("{from: n1, to: [n2, n3]}", "{nodes: [n1], to: n2}",
         "34:5: `from` and `to` do not go with `nodes` and `others`. Use one pair of them."),
        ("{from: n1, to: [n2, n3]}", "{one-way: true}",
         "34:5: this partition names no nodes. Write `[n1, n2]`, or `{nodes: [n1], others: [n2]}`."),
        ("    exit: 0\n    output: \"2262\\n\"\n", "", ("41:5: this says nothing of the process. "
         "Add one of exit, output, signal, state, on, same-as.")),
        ("exit: 0", "exit: 0\n    signal: SIGKILL", ("43:5: `exit` and `signal` do not go together. "
         "A process ends by itself, with a status, or by a signal.")),
        ("exit: 0", "signal: SIGSEG", "42:13: there is no signal `SIGSEG`. Did you mean `SIGSEGV`?"),
        ("{of: R, below: 1 s}", "{of: R}", "46:5: this turnaround has no limit. Add `below: 2 s`, or `above`."),
        ("{of: R, below: 1 s}", "{of: R, below: 1 s, above: 2 s}",
         "46:37: `above` is above `below`. Nothing can be both."),
        ("    crash: n3\n", "    snapshot: {way: clocks}\n", "32:16: clocks that are to show nothing. Say when they are read: `at: 3 s`."),
        ("    crash: n3\n", "    snapshot: {way: clocks, at: 3 s, from: n1}\n",
         "32:38: nobody begins a snapshot by clocks. Leave `from` out."),
        ("    crash: n3\n", "    snapshot: {from: n1, at: 3 s}\n", "32:26: only clocks are read `at` an instant. Add `way: clocks`."),
        ("    crash: n3\n", "    snapshot: {way: poll, from: [n1, n2]}\n", "32:27: a poll has one observer. Name one node."),
        ("event: node.crashed", "event: node.crashed\n    count: 1\n    at-least: 1",
         "48:5: `count` does not go with `at-least` and `at-most`. `count` is the exact number; the other two are bounds."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_together_says_so(old: str, new: str, says: str) -> None:
    assert message(spoilt(old, new)) == f"s.yaml:{says}"


def test_a_cluster_has_at_least_one_node_and_at_most_250() -> None:
    many = "".join(f"    n{number}: {{}}\n" for number in range(1, 252))

    assert message("tuiclu: 1\ncluster: {nodes: {}}\n") == (
        "s.yaml:2:11: the cluster has no node. Add at least one: `n1: {}`."
    )
    assert message(f"tuiclu: 1\ncluster:\n  nodes:\n{many}") == (
        "s.yaml:254:5: the cluster has 251 nodes. It may have 250: each is a real process."
    )


def test_there_are_at_most_10000_processes() -> None:
    text = SMALL + "processes:\n" + "".join(f"  P{x}: {{program: hello, on: n1, count: 9000}}\n" for x in "ab")

    assert message(text) == "s.yaml:3:1: there are 18000 processes. At most 10000."


def test_a_name_ends_with_its_last_letter() -> None:
    assert message('tuiclu: 1\ncluster: {nodes: {"n1\\n": {}}}\n').startswith(
        "s.yaml:2:19: `n1?` cannot be the name of a node."
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('tuiclu: 1\ncluster: {nodes: {"x y": {}}}\n', "node"),
        (SMALL + 'files: {"x y": {on: n1, size: 1 B}}\n', "file"),
        (SMALL + 'processes: {"x y": {program: hello, on: n1}}\n', "process"),
        (SMALL + 'processes: {P: {program: hello, on: n1, environment: {"x y": 1}}}\n', "variable"),
    ],
)
def test_whatever_can_be_named_says_what_a_name_is_made_of(text: str, kind: str) -> None:
    assert message(text).endswith(f"`x y` cannot be the name of a {kind}. {MADE_OF[kind]}")


def test_the_arguments_of_an_elf_file_have_no_names(tmp_path: Path) -> None:
    (tmp_path / "mine.elf").write_bytes(HELLO.read_bytes())
    text = SMALL + "processes: {P: {program: mine.elf, on: n1, args: {limit: 3}}}\n"
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "s.yaml", text)

    assert str(caught.value) == (
        f"{tmp_path}/s.yaml:3:44: the arguments of an ELF file have no names. "
        "Write a list: it reaches `main` as argv[1..]."
    )


def test_a_file_that_is_no_program_says_so_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.elf").write_text("#!/bin/sh\n")
    file = tmp_path / "s.yaml"
    file.write_text(SMALL + "processes: {P: {program: mine.elf, on: n1}}\n")
    with pytest.raises(InputError) as caught:
        load_scenario(file)

    assert caught.value.where == f"{file}:3:26"
    assert caught.value.what == "`mine.elf` is not an ELF file"


def test_the_kinds_of_events_are_those_that_the_caller_knows() -> None:
    text = SMALL + "expect: [{event: coffee.ready}]\n"

    assert load_scenario("s.yaml", text, kinds={"coffee.ready": ()}).file.expect
    assert "there is no kind of event `coffee.ready`" in message(text)
