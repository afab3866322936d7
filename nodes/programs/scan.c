/*
 * scan PAGES HOT WRITES ACCESSES SEED [COLD]: reads and writes memory in a way that is known beforehand, and prints a
 * checksum of all it read and wrote.
 *
 * The workload to study migration with. First it writes to each of its PAGES pages once. Then come ACCESSES accesses
 * to single words, chosen by a pseudo-random generator that starts at SEED: one of COLD (10 if it is not given) goes to
 * any but the first HOT pages, all others to these (the working set); WRITES of a hundred are writes, the others reads.
 *
 *     |<--- HOT --->|<---------------- PAGES - HOT ---------------->|
 *     | the others  |                1 of COLD                      |
 *
 * A page that was lost, or an old one in place of a new one, changes the checksum.
 */
#include <stdint.h>

#include "common.h"

#define HOW                                                                                           \
    "scan PAGES HOT WRITES ACCESSES SEED [COLD]    (PAGES from 1 to 65536, HOT from 0 to PAGES, WRITES from " \
    "0 to 100, ACCESSES and SEED from 0 to 1000000000, COLD from 1 to 1000000000)"

#define PAGE_BYTES 4096
#define WORDS (PAGE_BYTES / sizeof(uint64_t)) /* in a page */

/* A number from 0 to `below` - 1, by a linear congruential generator (Knuth's MMIX), whose upper bits are good. */
static uint64_t random_below(uint64_t *state, uint64_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % below;
}

int main(int argc, char **argv)
{
    unsigned long pages, hot, writes, accesses, cold;
    uint64_t *words, state, checksum = 0;

    if (argc != 6 && argc != 7)
        usage(HOW);
    pages = number(argv[1], 1, 65536, HOW);
    hot = number(argv[2], 0, pages, HOW);
    writes = number(argv[3], 0, 100, HOW);
    accesses = number(argv[4], 0, 1000000000, HOW);
    state = number(argv[5], 0, 1000000000, HOW);
    cold = argc == 7 ? number(argv[6], 1, 1000000000, HOW) : 10;

    words = aligned_alloc(PAGE_BYTES, pages * PAGE_BYTES);
    if (words == NULL) {
        fprintf(stderr, "not enough memory for %lu pages\n", pages);
        return 1;
    }
    for (unsigned long i = 0; i < pages * WORDS; i++)
        words[i] = i;

    for (unsigned long i = 0; i < accesses; i++) {
        int to_hot = hot == pages || (hot > 0 && random_below(&state, cold) != 0);
        uint64_t page = to_hot ? random_below(&state, hot) : hot + random_below(&state, pages - hot);
        uint64_t *word = &words[page * WORDS + random_below(&state, WORDS)];

        if (random_below(&state, 100) < writes)
            *word = *word * 31 + i;
        checksum = checksum * 31 + *word;
    }

    printf("%016llx\n", (unsigned long long)checksum);
    free(words);
    return 0;
}
