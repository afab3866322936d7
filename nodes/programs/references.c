/*
 * references STRING PAGES REPETITIONS WRITES: follows a reference string, and prints a checksum. The program to study page replacement with.
 *
 * Each character of STRING, a digit or a letter from a to f, stands for a group of PAGES pages, which are referenced one after the other,
 * once each; blanks and commas between them are skipped. All of it is done REPETITIONS times. With WRITES 1 each page is written, so that
 * it has to go to the disk when it leaves its frame; with 0 it is only read, and is filled with zeros anew when it is referenced again.
 *
 * On a node it references nothing else while it does so but its one page of code: it keeps the string in registers, and has given its
 * stack back. So a node with 1 + N * PAGES frames has N frames for the groups, and what comes into them is counted as in a textbook; the
 * first page of the stack and the page of code come to that.
 */
#include <stdint.h>

#define HOW                                                                                                     \
    "usage: references STRING PAGES REPETITIONS WRITES    (STRING of 1 to 64 characters from 0 to 9 and a to f, " \
    "PAGES from 1 to 64, REPETITIONS from 1 to 1000000, WRITES 0 or 1)\n"

enum { PAGE = 4096, WORDS = PAGE / 8, LETTERS = 16, MOST_PAGES = 64, MOST_REFERENCES = 64, TOO_MUCH = -1 };

static volatile uint64_t memory[LETTERS * MOST_PAGES * WORDS] __attribute__((aligned(PAGE)));

/* A string of 4 bits a reference, the first in the lowest bits of the first word. */
struct string {
    uint64_t word[4];
    long length;
};

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

/* Read a reference string. Its length is TOO_MUCH if it is none. */
static __attribute__((noinline)) void read_string(const char *text, struct string *string)
{
    string->word[0] = string->word[1] = string->word[2] = string->word[3] = 0;
    string->length = 0;
    for (; *text != '\0'; text++) {
        uint64_t digit = (unsigned char)*text - (uint64_t)'0', letter = (unsigned char)*text - (uint64_t)'a';

        if (*text == ' ' || *text == ',')
            continue;
        if ((digit > 9 && letter > 5) || string->length == MOST_REFERENCES) {
            string->length = TOO_MUCH;
            return;
        }
        string->word[string->length / 16] |= (digit <= 9 ? digit : 10 + letter) << string->length % 16 * 4;
        string->length++;
    }
    if (string->length == 0)
        string->length = TOO_MUCH;
}

#ifdef __riscv

static inline long call(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/* Unmap the stack, from the page of its end to its top, or to the end of all addresses. */
static inline void give_back_stack(void *end)
{
    for (long pages = 16; pages > 0 && call(215, (long)end & -PAGE, pages * PAGE, 0) < 0; pages--)
        continue;
}

static inline __attribute__((noreturn)) void finish(const char *line, long size, int status)
{
    call(64, status ? 2 : 1, (long)line, size);
    call(94, status, 0, 0);
    __builtin_unreachable();
}

#else

#include <stdio.h>
#include <stdlib.h>

static void give_back_stack(void *end)
{
    (void)end;
}

static _Noreturn void finish(const char *line, long size, int status)
{
    fwrite(line, 1, (size_t)size, status ? stderr : stdout);
    exit(status);
}

#endif

/* From here to the end on a node: no variable may need the stack after it was given back. */
static _Noreturn void follow(long argc, char **argv)
{
    struct string string;
    long pages = argc == 5 ? number(argv[2], MOST_PAGES) : TOO_MUCH;
    long repetitions = argc == 5 ? number(argv[3], 1000000) : TOO_MUCH;
    long writes = argc == 5 ? number(argv[4], 1) : TOO_MUCH;
    volatile uint64_t *page = memory;
    uint64_t sum = 1;

    string.length = TOO_MUCH;
    if (argc == 5)
        read_string(argv[1], &string);
    if (string.length < 0 || pages < 1 || repetitions < 1 || writes < 0)
        finish(HOW, sizeof HOW - 1, 2);

    const uint64_t first = string.word[0], second = string.word[1], third = string.word[2], fourth = string.word[3];
    const long length = string.length;

    give_back_stack(&string);
    for (; repetitions > 0; repetitions--) {
        uint64_t a = first, b = second, c = third, d = fourth;

        for (long left = length; left > 0; left--) {
            long letter = a & 15;

            a = a >> 4 | b << 60, b = b >> 4 | c << 60, c = c >> 4 | d << 60, d >>= 4;
            page = memory + letter * pages * WORDS;
            for (long i = 0; i < pages; i++, page += WORDS) {
                sum = (sum ^ *page) * 1000003u + (uint64_t)letter + 1;
                if (writes)
                    *page = sum;
            }
        }
    }

    volatile char *line = (volatile char *)(page - WORDS) + 8; /* in the page that was referenced last */

    for (int digit = 15; digit >= 0; digit--, sum >>= 4)
        line[digit] = (char)((sum & 15) + ((sum & 15) < 10 ? '0' : 'a' - 10));
    line[16] = '\n';
    finish((const char *)line, 17, 0);
}

#ifdef __riscv

/* The kernel leaves argc and argv on the stack. */
__asm__(".globl _start\n_start:\n    mv a0, sp\n    tail begin\n");

__attribute__((used)) static void begin(long *stack)
{
    follow(stack[0], (char **)(stack + 1));
}

#else

int main(int argc, char **argv)
{
    follow(argc, argv);
}

#endif
