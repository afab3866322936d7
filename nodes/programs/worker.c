/*
 * worker STEPS PAGES: writes PAGES pages of memory, computes STEPS steps, prints a checksum. The smallest program that does work.
 *
 * On a node it runs without a C library, and is built small: it is there for lessons with hundreds of jobs, in which what a job costs the
 * real machine counts, and that is mostly the translation of the code that it reaches. A step is a few instructions; PAGES is what a
 * migration has to move.
 */
#include <stdint.h>

#define HOW "usage: worker STEPS PAGES    (STEPS from 0 to 4000000000, PAGES from 0 to 64)\n"

enum { PAGE = 4096, MOST_PAGES = 64, TOO_MUCH = -1 };

static volatile char memory[MOST_PAGES * PAGE];

/* Read a decimal number up to `most`; anything else is TOO_MUCH. */
static __attribute__((noinline)) long number(const char *text, unsigned long most)
{
    unsigned long value = 0;

    do {
        unsigned long digit = (unsigned char)*text - (unsigned long)'0';

        value = value * 10 + digit;
        if (digit > 9 || value > most)
            return TOO_MUCH;
    } while (*++text != '\0');
    return (long)value;
}

/* Do all the work; put the line to print into `line`. Returns its length, or TOO_MUCH if the arguments are none. */
static long work(long argc, char **argv, char line[17])
{
    long steps = argc == 3 ? number(argv[1], 4000000000) : TOO_MUCH;
    long pages = argc == 3 ? number(argv[2], MOST_PAGES) : TOO_MUCH;
    uint64_t value = 1;

    if ((steps | pages) < 0)
        return TOO_MUCH;
    for (long page = 0; page < pages; page++)
        memory[page * PAGE] = 1;
    for (long i = 0; i < steps; i++)
        value = value * 6364136223846793005u + (uint64_t)i;
    for (int digit = 15; digit >= 0; digit--, value >>= 4)
        line[digit] = "0123456789abcdef"[value & 15];
    line[16] = '\n';
    return 17;
}

#ifdef __riscv

static long call(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/* The kernel leaves argc and argv on the stack. */
__asm__(".globl _start\n_start:\n    mv a0, sp\n    tail begin\n");

__attribute__((used)) static void begin(long *stack)
{
    char line[17];
    long size = work(stack[0], (char **)(stack + 1), line);

    if (size < 0)
        call(64, 2, (long)HOW, sizeof HOW - 1);
    else
        call(64, 1, (long)line, size);
    call(94, size < 0 ? 2 : 0, 0, 0);
    __builtin_unreachable();
}

#else

#include <stdio.h>

int main(int argc, char **argv)
{
    char line[17];
    long size = work(argc, argv, line);

    fwrite(size < 0 ? HOW : line, 1, size < 0 ? sizeof HOW - 1 : (size_t)size, size < 0 ? stderr : stdout);
    return size < 0 ? 2 : 0;
}

#endif
