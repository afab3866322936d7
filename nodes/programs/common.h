/* What our programs share: numbers from the command line, and memory that must be there. */
#ifndef COMMON_H
#define COMMON_H

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Print how the program is used, on standard error, and end with status 2. */
static inline _Noreturn void usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    exit(2);
}

/* Read `text` as a decimal number from `least` to `most`; anything else ends the program with its usage. */
static inline unsigned long number(const char *text, unsigned long least, unsigned long most, const char *how)
{
    char *end;
    unsigned long value;

    if (!isdigit((unsigned char)text[0])) /* strtoul would let spaces and signs pass */
        usage(how);
    errno = 0;
    value = strtoul(text, &end, 10);
    if (*end != '\0' || errno != 0 || value < least || value > most)
        usage(how);
    return value;
}

/* Get `bytes` of memory, not yet written to, or end the program with status 1. */
static inline void *memory(unsigned long bytes)
{
    void *block = malloc(bytes);

    if (block == NULL) {
        fprintf(stderr, "not enough memory for %lu bytes\n", bytes);
        exit(1);
    }
    return block;
}

#endif
