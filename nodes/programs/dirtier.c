/*
 * dirtier PAGES WORK ROUNDS: writes to its pages one after the other, round and round, at a constant rate.
 *
 * After each page it computes WORK steps of a fixed number of instructions, so that on a CPU of a known speed it dirties a known number of
 * pages a second: as long as it does not come round to a page again, that is the rate of the precopy law, by which a round that takes t
 * seconds leaves rate * t pages for the next one.
 */
#include <stdint.h>

#include "common.h"

#define HOW "dirtier PAGES WORK ROUNDS    (PAGES from 1 to 65536, WORK and ROUNDS from 0 to 1000000000)"

#define PAGE_BYTES 4096

int main(int argc, char **argv)
{
    unsigned long pages, work, rounds;
    uint64_t checksum = 0;
    unsigned char *region;

    if (argc != 4)
        usage(HOW);
    pages = number(argv[1], 1, 65536, HOW);
    work = number(argv[2], 0, 1000000000, HOW);
    rounds = number(argv[3], 0, 1000000000, HOW);
    region = aligned_alloc(PAGE_BYTES, pages * PAGE_BYTES);
    if (region == NULL) {
        fprintf(stderr, "not enough memory for %lu pages\n", pages);
        return 1;
    }

    for (unsigned long round = 0; round < rounds; round++)
        for (unsigned long page = 0; page < pages; page++) {
            *(volatile uint64_t *)(region + page * PAGE_BYTES) = round * pages + page;
            for (unsigned long i = 0; i < work; i++)
                __asm__ volatile("" : "+r"(i)); /* keeps the loop as it is */
        }

    for (unsigned long page = 0; page < pages; page++)
        checksum = checksum * 31 + *(uint64_t *)(region + page * PAGE_BYTES);
    printf("%016llx\n", (unsigned long long)checksum);
    free(region);
    return 0;
}
