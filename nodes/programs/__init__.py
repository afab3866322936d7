"""The catalogue of our guest programs: what each does, its arguments, and its image.

The C source of every program lies beside its image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from nodes.wire.image import ProgramImage, read_image
from nodes.wire.text import Text


class UnknownArgument(KeyError):
    """A program has no argument of that name. `name` is what was asked for, `known` what there is."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"no argument is called `{self.name}`; there are: {', '.join(self.known) or 'none'}"


class Parameter(msgspec.Struct, frozen=True):
    """An argument that a program takes, at its place in the command line."""

    name: str
    default: int | str
    """What it is if it is not given; a text where any word will do, otherwise it is a whole number."""
    summary: Text


class Program(msgspec.Struct, frozen=True):
    """A guest program as a user knows it."""

    name: str
    summary: Text
    parameters: tuple[Parameter, ...] = ()
    options: tuple[str, ...] = ()
    """Of the compiler, beside those of every program."""
    floating: bool = False
    """Its image is built for hardware floating point."""
    needs_partners: bool = False
    """It needs others to talk to, or a file to read: alone it gets nowhere."""

    def argv(self, args: Mapping[str, int | str] | Sequence[int | str] = ()) -> tuple[str, ...]:
        """Return what the program finds in its `argv`, its name first.

        A mapping gives arguments by name; those it leaves out have their defaults, as all have when nothing is given. A
        sequence is passed on as it is. Raises UnknownArgument.
        """
        if args and not isinstance(args, Mapping):
            return (self.name, *map(str, args))
        given = dict(args) if isinstance(args, Mapping) else {}
        known = tuple(parameter.name for parameter in self.parameters)
        for name in given:
            if name not in known:
                raise UnknownArgument(name, known)
        return (self.name, *(str(given.get(parameter.name, parameter.default)) for parameter in self.parameters))


_PROGRAMS = (
    Program(
        name="hello",
        summary=Text("Greets, and tells the arguments and the environment variable TUICLU_NAME that reached it."),
    ),
    Program(
        name="primes",
        summary=Text("Counts the primes below a limit: pure computation, with 8 bytes of memory a number."),
        parameters=(
            Parameter(
                "limit",
                20_000,
                Text("counts below this number; the work grows almost with its square"),
            ),
        ),
    ),
    Program(
        name="matmul",
        summary=Text("Multiplies two square matrices of integers and prints a checksum of the product."),
        parameters=(
            Parameter(
                "n",
                100,
                Text("rows and columns; 24 bytes of memory for each element"),
            ),
        ),
    ),
    Program(
        name="nbody",
        summary=Text(
            "Moves the sun and the four large planets in double precision, and prints their energy before and after."
        ),
        parameters=(Parameter("steps", 10_000, Text("steps of a hundredth of a year")),),
        options=("-ffp-contract=off",),
        floating=True,
    ),
    Program(
        name="sort",
        summary=Text("Sorts pseudo-random numbers: every page of its data is written again and again."),
        parameters=(
            Parameter(
                "n",
                20_000,
                Text("how many numbers, of 8 bytes each"),
            ),
        ),
    ),
    Program(
        name="sha",
        summary=Text("Takes the SHA-256 of a buffer over and over: reads all of its pages, writes to one."),
        parameters=(
            Parameter("kib", 64, Text("size of the buffer in KiB")),
            Parameter("rounds", 2, Text("how often it is hashed")),
        ),
    ),
    Program(
        name="scan",
        summary=Text(
            "Reads and writes pages in a chosen pattern and prints a checksum of it all: the workload to study "
            "migration with."
        ),
        parameters=(
            Parameter(
                "pages",
                64,
                Text("pages that it writes once at the start"),
            ),
            Parameter(
                "hot",
                8,
                Text("size of the working set: so many pages get most of the accesses"),
            ),
            Parameter(
                "writes",
                30,
                Text("percentage of the accesses that write; the others read"),
            ),
            Parameter("accesses", 200_000, Text("number of accesses")),
            Parameter(
                "seed",
                1,
                Text("start of the pseudo-random generator"),
            ),
            Parameter(
                "cold",
                10,
                Text("one of so many accesses goes to the other pages: the larger, the better its locality"),
            ),
        ),
    ),
    Program(
        name="references",
        summary=Text(
            "Follows a reference string, a group of pages a character, and needs but one frame beside: the "
            "program to study page replacement with."
        ),
        parameters=(
            Parameter(
                "string",
                "123412512345",
                Text("up to 64 characters from 0 to 9 and a to f; blanks and commas are skipped"),
            ),
            Parameter("pages", 1, Text("pages in a group, up to 64")),
            Parameter("repetitions", 1, Text("how often it follows the string")),
            Parameter(
                "writes",
                0,
                Text("1: writes each page, which then goes to the disk when it leaves its frame; 0: only reads"),
            ),
        ),
        options=("-nostdlib", "-ffreestanding", "-fno-builtin", "-Os"),
    ),
    Program(
        name="sleeper",
        summary=Text("Computes and sleeps in turn, with a line of output in each round: an interactive process."),
        parameters=(
            Parameter("rounds", 10, Text("number of rounds")),
            Parameter(
                "work",
                20_000,
                Text("steps of computation in a round, of a few instructions each"),
            ),
            Parameter(
                "pause_ms",
                100,
                Text("length of a pause in milliseconds"),
            ),
        ),
    ),
    Program(
        name="interactive",
        summary=Text(
            "The owner at work: thinks, then wants an answer, and measures how long it takes (the response time)."
        ),
        parameters=(
            Parameter("rounds", 20, Text("number of questions")),
            Parameter(
                "think_ms",
                50,
                Text("thinking time in milliseconds"),
            ),
            Parameter("work", 10_000, Text("steps of computation of an answer")),
            Parameter(
                "limit_us",
                0,
                Text("if not 0: status 1 if the mean of the last quarter is longer, in microseconds"),
            ),
            Parameter(
                "report",
                0,
                Text("if not 0: tells the response times"),
            ),
        ),
    ),
    Program(
        name="migrant",
        summary=Text("Goes by itself to where a resource is (a system call), works there, and comes back home."),
        parameters=(
            Parameter("resource", "printer", Text("what it needs")),
            Parameter("work", 100_000, Text("steps of computation in each place")),
            Parameter("report", 0, Text("if not 0: tells where it is")),
        ),
    ),
    Program(
        name="worker",
        summary=Text("The smallest program that does work, without a C library: for lessons with hundreds of jobs."),
        parameters=(
            Parameter(
                "steps",
                1_000_000,
                Text("steps of computation, of a few instructions each"),
            ),
            Parameter("pages", 16, Text("pages that it writes once at the start")),
        ),
        options=("-nostdlib", "-ffreestanding", "-fno-builtin", "-Oz"),
    ),
    Program(
        name="dirtier",
        summary=Text(
            "Writes to one page after the other, round and round, at a constant rate: for the law of precopy."
        ),
        parameters=(
            Parameter("pages", 64, Text("pages that it writes")),
            Parameter(
                "work",
                1000,
                Text("steps of computation after each page, of a fixed number of instructions"),
            ),
            Parameter("rounds", 10, Text("how often it comes round")),
        ),
    ),
    Program(
        name="reader",
        summary=Text("Works through a file that lies on some node: it pays to run where the file is."),
        parameters=(
            Parameter("file", "big.dat", Text("the file's name")),
            Parameter(
                "work",
                1000,
                Text("steps of computation for every 4 KiB"),
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="pingpong",
        summary=Text("Two partners send a message to and fro over a link; one prints a checksum of all answers."),
        parameters=(
            Parameter("role", "ping", Text("`ping` asks, `pong` answers")),
            Parameter("name", "table", Text("the same for both partners")),
            Parameter("messages", 100, Text("how often they go to and fro")),
            Parameter("bytes", 64, Text("length of a message")),
        ),
        needs_partners=True,
    ),
    Program(
        name="ring",
        summary=Text("One of several processes that pass a token round in a ring."),
        parameters=(
            Parameter("place", 0, Text("its place in the ring, from 0")),
            Parameter("size", 3, Text("processes in the ring")),
            Parameter("rounds", 20, Text("how often the token goes round")),
            Parameter(
                "work",
                1000,
                Text("steps of computation with the token"),
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="token-ring",
        summary=Text(
            "One of several processes that pass a token round; it declares the token to the kernel, and drops it "
            "at SIGUSR1. T2 is member 2 of ring T."
        ),
        parameters=(
            Parameter("members", 3, Text("processes in the ring")),
            Parameter("rounds", 20, Text("how often the token goes round")),
            Parameter(
                "work",
                1000,
                Text("steps of computation with the token"),
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="bank",
        summary=Text(
            "One branch of a bank: sends money to the others at random, and declares to the kernel what it has "
            "and what it sends, as `money`. B2 is branch 2 of bank B."
        ),
        parameters=(
            Parameter("initial", 1000, Text("what it has at first")),
            Parameter("transfers", 100, Text("how often it sends")),
            Parameter("branches", 4, Text("branches of the bank")),
            Parameter(
                "seed",
                1,
                Text("start of the pseudo-random generator"),
            ),
            Parameter(
                "pause_us",
                1000,
                Text("time before each transfer, in microseconds"),
            ),
            Parameter("amount", 0, Text("what it sends; 0: at random")),
        ),
        needs_partners=True,
    ),
    Program(
        name="pipeline",
        summary=Text(
            "One stage of a pipeline: makes, changes or checks messages; a slow stage holds up all before it."
        ),
        parameters=(
            Parameter("name", "line", Text("the same for all its stages")),
            Parameter("stage", 0, Text("its place, from 0")),
            Parameter("stages", 3, Text("stages of the pipeline")),
            Parameter("messages", 100, Text("messages that stage 0 makes")),
            Parameter("bytes", 512, Text("length of a message")),
            Parameter(
                "work",
                1000,
                Text("steps of computation for each message"),
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="server",
        summary=Text("Answers the requests of several clients, whichever comes first, until all have gone."),
        parameters=(
            Parameter("name", "squares", Text("what clients call it")),
            Parameter(
                "clients",
                2,
                Text("it ends when so many clients have come and gone; 0: never"),
            ),
            Parameter(
                "work",
                1000,
                Text("steps of computation for each request"),
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="client",
        summary=Text("Asks a server again and again, checks every answer, and prints their sum."),
        parameters=(
            Parameter("name", "squares", Text("the server's name")),
            Parameter("requests", 50, Text("how often it asks")),
            Parameter(
                "pause_ms",
                5,
                Text("pause after each answer, in milliseconds"),
            ),
        ),
        needs_partners=True,
    ),
)

CATALOGUE: dict[str, Program] = {program.name: program for program in _PROGRAMS}
"""By name, in the order in which they are listed."""


@cache
def image(name: str) -> ProgramImage:
    """Return the image of a program of the catalogue, read once. Raises KeyError if there is none of that name."""
    if name not in CATALOGUE:
        raise KeyError(name)
    return read_image(name, files(__name__).joinpath(f"{name}.elf").read_bytes())
