"""The catalogue of our guest programs: what each does, its arguments, and its image.

The C source of every program lies beside its image. Texts for people are given in English (`en`) and Spanish (`es`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from nodes.wire.image import ProgramImage, read_image

Text = dict[str, str]
"""By language."""


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
        summary={
            "en": "Greets, and tells the arguments and the environment variable TUICLU_NAME that reached it.",
            "es": "Saluda, y muestra los argumentos y la variable de entorno TUICLU_NAME que le han llegado.",
        },
    ),
    Program(
        name="primes",
        summary={
            "en": "Counts the primes below a limit: pure computation, with 8 bytes of memory a number.",
            "es": "Cuenta los números primos menores que un límite: cálculo puro, con 8 bytes de memoria por número.",
        },
        parameters=(
            Parameter(
                "limit",
                20_000,
                {
                    "en": "counts below this number; the work grows almost with its square",
                    "es": "cuenta por debajo de este número; el trabajo crece casi con su cuadrado",
                },
            ),
        ),
    ),
    Program(
        name="matmul",
        summary={
            "en": "Multiplies two square matrices of integers and prints a checksum of the product.",
            "es": "Multiplica dos matrices cuadradas de enteros e imprime una suma de comprobación del producto.",
        },
        parameters=(
            Parameter(
                "n",
                100,
                {
                    "en": "rows and columns; 24 bytes of memory for each element",
                    "es": "filas y columnas; 24 bytes de memoria por elemento",
                },
            ),
        ),
    ),
    Program(
        name="sort",
        summary={
            "en": "Sorts pseudo-random numbers: every page of its data is written again and again.",
            "es": "Ordena números pseudoaleatorios: cada página de sus datos se escribe una y otra vez.",
        },
        parameters=(
            Parameter(
                "n",
                20_000,
                {"en": "how many numbers, of 8 bytes each", "es": "cuántos números, de 8 bytes cada uno"},
            ),
        ),
    ),
    Program(
        name="sha",
        summary={
            "en": "Takes the SHA-256 of a buffer over and over: reads all of its pages, writes to one.",
            "es": "Calcula el SHA-256 de un búfer una y otra vez: lee todas sus páginas, escribe en una.",
        },
        parameters=(
            Parameter("kib", 64, {"en": "size of the buffer in KiB", "es": "tamaño del búfer en KiB"}),
            Parameter("rounds", 2, {"en": "how often it is hashed", "es": "cuántas veces se calcula"}),
        ),
    ),
    Program(
        name="scan",
        summary={
            "en": "Reads and writes pages in a chosen pattern and prints a checksum of it all: "
            "the workload to study migration with.",
            "es": "Lee y escribe páginas según un patrón elegido e imprime una suma de comprobación de todo: "
            "la carga para estudiar la migración.",
        },
        parameters=(
            Parameter(
                "pages",
                64,
                {"en": "pages that it writes once at the start", "es": "páginas que escribe una vez al principio"},
            ),
            Parameter(
                "hot",
                8,
                {
                    "en": "size of the working set: so many pages get most of the accesses",
                    "es": "tamaño del conjunto de trabajo: tantas páginas reciben la mayoría de los accesos",
                },
            ),
            Parameter(
                "writes",
                30,
                {
                    "en": "percentage of the accesses that write; the others read",
                    "es": "porcentaje de los accesos que escriben; los demás leen",
                },
            ),
            Parameter("accesses", 200_000, {"en": "number of accesses", "es": "número de accesos"}),
            Parameter(
                "seed",
                1,
                {"en": "start of the pseudo-random generator", "es": "comienzo del generador pseudoaleatorio"},
            ),
            Parameter(
                "cold",
                10,
                {
                    "en": "one of so many accesses goes to the other pages: the larger, the better its locality",
                    "es": "uno de cada tantos accesos va a las demás páginas: cuanto mayor, mejor su localidad",
                },
            ),
        ),
    ),
    Program(
        name="references",
        summary={
            "en": "Follows a reference string, a group of pages a character, and needs but one frame beside: "
            "the program to study page replacement with.",
            "es": "Sigue una cadena de referencias, un grupo de páginas por carácter, y solo necesita un marco más: "
            "el programa para estudiar el reemplazo de páginas.",
        },
        parameters=(
            Parameter(
                "string",
                "123412512345",
                {
                    "en": "up to 64 characters from 0 to 9 and a to f; blanks and commas are skipped",
                    "es": "hasta 64 caracteres de 0 a 9 y de a a f; los espacios y las comas se saltan",
                },
            ),
            Parameter("pages", 1, {"en": "pages in a group, up to 64", "es": "páginas de un grupo, hasta 64"}),
            Parameter(
                "repetitions", 1, {"en": "how often it follows the string", "es": "cuántas veces sigue la cadena"}
            ),
            Parameter(
                "writes",
                0,
                {
                    "en": "1: writes each page, which then goes to the disk when it leaves its frame; 0: only reads",
                    "es": "1: escribe cada página, que al dejar su marco va al disco; 0: solo lee",
                },
            ),
        ),
        options=("-nostdlib", "-ffreestanding", "-fno-builtin", "-Os"),
    ),
    Program(
        name="sleeper",
        summary={
            "en": "Computes and sleeps in turn, with a line of output in each round: an interactive process.",
            "es": "Calcula y duerme por turnos, con una línea de salida en cada vuelta: un proceso interactivo.",
        },
        parameters=(
            Parameter("rounds", 10, {"en": "number of rounds", "es": "número de vueltas"}),
            Parameter(
                "work",
                20_000,
                {
                    "en": "steps of computation in a round, of a few instructions each",
                    "es": "pasos de cálculo en una vuelta, de unas pocas instrucciones cada uno",
                },
            ),
            Parameter(
                "pause_ms",
                100,
                {"en": "length of a pause in milliseconds", "es": "duración de una pausa en milisegundos"},
            ),
        ),
    ),
    Program(
        name="interactive",
        summary={
            "en": "The owner at work: thinks, then wants an answer, and measures how long it takes (the response time).",
            "es": "El dueño trabajando: piensa, luego quiere una respuesta, y mide cuánto tarda (el tiempo de respuesta).",
        },
        parameters=(
            Parameter("rounds", 20, {"en": "number of questions", "es": "número de preguntas"}),
            Parameter(
                "think_ms",
                50,
                {"en": "thinking time in milliseconds", "es": "tiempo de reflexión en milisegundos"},
            ),
            Parameter(
                "work", 10_000, {"en": "steps of computation of an answer", "es": "pasos de cálculo de una respuesta"}
            ),
            Parameter(
                "limit_us",
                0,
                {
                    "en": "if not 0: status 1 if the mean of the last quarter is longer, in microseconds",
                    "es": "si no es 0: estado 1 si la media del último cuarto es mayor, en microsegundos",
                },
            ),
            Parameter(
                "report",
                0,
                {"en": "if not 0: tells the response times", "es": "si no es 0: dice los tiempos de respuesta"},
            ),
        ),
    ),
    Program(
        name="migrant",
        summary={
            "en": "Goes by itself to where a resource is (a system call), works there, and comes back home.",
            "es": "Va por sí mismo adonde está un recurso (llamada al sistema), trabaja allí y vuelve a casa.",
        },
        parameters=(
            Parameter("resource", "printer", {"en": "what it needs", "es": "lo que necesita"}),
            Parameter(
                "work", 100_000, {"en": "steps of computation in each place", "es": "pasos de cálculo en cada lugar"}
            ),
            Parameter("report", 0, {"en": "if not 0: tells where it is", "es": "si no es 0: dice dónde está"}),
        ),
    ),
    Program(
        name="worker",
        summary={
            "en": "The smallest program that does work, without a C library: for lessons with hundreds of jobs.",
            "es": "El programa más pequeño que trabaja, sin biblioteca de C: para lecciones con cientos de trabajos.",
        },
        parameters=(
            Parameter(
                "steps",
                1_000_000,
                {
                    "en": "steps of computation, of a few instructions each",
                    "es": "pasos de cálculo, de unas pocas instrucciones",
                },
            ),
            Parameter(
                "pages", 16, {"en": "pages that it writes once at the start", "es": "páginas que escribe al principio"}
            ),
        ),
        options=("-nostdlib", "-ffreestanding", "-fno-builtin", "-Oz"),
    ),
    Program(
        name="dirtier",
        summary={
            "en": "Writes to one page after the other, round and round, at a constant rate: for the law of precopy.",
            "es": "Escribe en una página tras otra, vuelta tras vuelta, a ritmo constante: para la ley de la copia anticipada.",
        },
        parameters=(
            Parameter("pages", 64, {"en": "pages that it writes", "es": "páginas que escribe"}),
            Parameter(
                "work",
                1000,
                {
                    "en": "steps of computation after each page, of a fixed number of instructions",
                    "es": "pasos de cálculo tras cada página, de un número fijo de instrucciones",
                },
            ),
            Parameter("rounds", 10, {"en": "how often it comes round", "es": "cuántas vueltas da"}),
        ),
    ),
    Program(
        name="reader",
        summary={
            "en": "Works through a file that lies on some node: it pays to run where the file is.",
            "es": "Recorre un fichero que está en algún nodo: conviene ejecutarlo donde está el fichero.",
        },
        parameters=(
            Parameter("file", "big.dat", {"en": "the file's name", "es": "el nombre del fichero"}),
            Parameter(
                "work",
                1000,
                {"en": "steps of computation for every 4 KiB", "es": "pasos de cálculo por cada 4 KiB"},
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="pingpong",
        summary={
            "en": "Two partners send a message to and fro over a link; one prints a checksum of all answers.",
            "es": "Dos compañeros se envían un mensaje una y otra vez por un enlace; uno imprime una suma de comprobación.",
        },
        parameters=(
            Parameter("role", "ping", {"en": "`ping` asks, `pong` answers", "es": "`ping` pregunta, `pong` responde"}),
            Parameter("name", "table", {"en": "the same for both partners", "es": "el mismo para ambos compañeros"}),
            Parameter("messages", 100, {"en": "how often they go to and fro", "es": "cuántas idas y vueltas"}),
            Parameter("bytes", 64, {"en": "length of a message", "es": "longitud de un mensaje"}),
        ),
        needs_partners=True,
    ),
    Program(
        name="ring",
        summary={
            "en": "One of several processes that pass a token round in a ring.",
            "es": "Uno de varios procesos que se pasan un testigo en anillo.",
        },
        parameters=(
            Parameter("place", 0, {"en": "its place in the ring, from 0", "es": "su lugar en el anillo, desde 0"}),
            Parameter("size", 3, {"en": "processes in the ring", "es": "procesos del anillo"}),
            Parameter("rounds", 20, {"en": "how often the token goes round", "es": "vueltas que da el testigo"}),
            Parameter(
                "work",
                1000,
                {"en": "steps of computation with the token", "es": "pasos de cálculo con el testigo"},
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="token-ring",
        summary={
            "en": "One of several processes that pass a token round; it declares the token to the kernel, and drops it at SIGUSR1. "
            "T2 is member 2 of ring T.",
            "es": "Uno de varios procesos que se pasan un testigo; lo declara al núcleo, y lo pierde con SIGUSR1. "
            "T2 es el miembro 2 del anillo T.",
        },
        parameters=(
            Parameter("members", 3, {"en": "processes in the ring", "es": "procesos del anillo"}),
            Parameter("rounds", 20, {"en": "how often the token goes round", "es": "vueltas que da el testigo"}),
            Parameter(
                "work",
                1000,
                {"en": "steps of computation with the token", "es": "pasos de cálculo con el testigo"},
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="bank",
        summary={
            "en": "One branch of a bank: sends money to the others at random, and declares to the kernel what it has and what it "
            "sends, as `money`. B2 is branch 2 of bank B.",
            "es": "Una sucursal de un banco: envía dinero a las demás al azar, y declara al núcleo lo que tiene y lo que envía, "
            "como `money`. B2 es la sucursal 2 del banco B.",
        },
        parameters=(
            Parameter("initial", 1000, {"en": "what it has at first", "es": "lo que tiene al principio"}),
            Parameter("transfers", 100, {"en": "how often it sends", "es": "cuántas veces envía"}),
            Parameter("branches", 4, {"en": "branches of the bank", "es": "sucursales del banco"}),
            Parameter(
                "seed",
                1,
                {"en": "start of the pseudo-random generator", "es": "comienzo del generador pseudoaleatorio"},
            ),
            Parameter(
                "pause_us",
                1000,
                {
                    "en": "time before each transfer, in microseconds",
                    "es": "tiempo antes de cada envío, en microsegundos",
                },
            ),
            Parameter("amount", 0, {"en": "what it sends; 0: at random", "es": "lo que envía; 0: al azar"}),
        ),
        needs_partners=True,
    ),
    Program(
        name="pipeline",
        summary={
            "en": "One stage of a pipeline: makes, changes or checks messages; a slow stage holds up all before it.",
            "es": "Una etapa de una cadena: crea, cambia o comprueba mensajes; una etapa lenta frena a las anteriores.",
        },
        parameters=(
            Parameter("name", "line", {"en": "the same for all its stages", "es": "el mismo para todas sus etapas"}),
            Parameter("stage", 0, {"en": "its place, from 0", "es": "su lugar, desde 0"}),
            Parameter("stages", 3, {"en": "stages of the pipeline", "es": "etapas de la cadena"}),
            Parameter("messages", 100, {"en": "messages that stage 0 makes", "es": "mensajes que crea la etapa 0"}),
            Parameter("bytes", 512, {"en": "length of a message", "es": "longitud de un mensaje"}),
            Parameter(
                "work",
                1000,
                {"en": "steps of computation for each message", "es": "pasos de cálculo por cada mensaje"},
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="server",
        summary={
            "en": "Answers the requests of several clients, whichever comes first, until all have gone.",
            "es": "Responde a las peticiones de varios clientes, según llegan, hasta que todos se han ido.",
        },
        parameters=(
            Parameter("name", "squares", {"en": "what clients call it", "es": "cómo lo llaman los clientes"}),
            Parameter(
                "clients",
                2,
                {
                    "en": "it ends when so many clients have come and gone; 0: never",
                    "es": "termina cuando han venido y se han ido tantos clientes; 0: nunca",
                },
            ),
            Parameter(
                "work",
                1000,
                {"en": "steps of computation for each request", "es": "pasos de cálculo por cada petición"},
            ),
        ),
        needs_partners=True,
    ),
    Program(
        name="client",
        summary={
            "en": "Asks a server again and again, checks every answer, and prints their sum.",
            "es": "Pregunta a un servidor una y otra vez, comprueba cada respuesta e imprime su suma.",
        },
        parameters=(
            Parameter("name", "squares", {"en": "the server's name", "es": "el nombre del servidor"}),
            Parameter("requests", 50, {"en": "how often it asks", "es": "cuántas veces pregunta"}),
            Parameter(
                "pause_ms",
                5,
                {"en": "pause after each answer, in milliseconds", "es": "pausa tras cada respuesta, en milisegundos"},
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
