/*
 * sleeper ROUNDS WORK PAUSE_MS: ROUNDS times computes for a while and then sleeps. Prints a line in each round.
 *
 * A process of the interactive kind: mostly blocked, and ready again only for short bursts. WORK is the number of
 * steps of a burst (a step is a few instructions), PAUSE_MS the length of a pause in milliseconds.
 */
#include <stdint.h>
#include <time.h>

#include "common.h"

#define HOW                                                                                             \
    "sleeper ROUNDS WORK PAUSE_MS    (ROUNDS from 1 to 1000000, WORK and PAUSE_MS from 0 to 1000000000)"

int main(int argc, char **argv)
{
    unsigned long rounds, work, pause_ms;
    uint64_t value = 1;

    if (argc != 4)
        usage(HOW);
    rounds = number(argv[1], 1, 1000000, HOW);
    work = number(argv[2], 0, 1000000000, HOW);
    pause_ms = number(argv[3], 0, 1000000000, HOW);

    for (unsigned long round = 1; round <= rounds; round++) {
        struct timespec pause = {.tv_sec = (time_t)(pause_ms / 1000), .tv_nsec = (long)(pause_ms % 1000) * 1000000};

        for (unsigned long i = 0; i < work; i++)
            value = value * 6364136223846793005u + round;
        printf("round %lu: %016llx\n", round, (unsigned long long)value);
        fflush(stdout); /* a line at a time, also where standard output is no terminal */
        nanosleep(&pause, NULL);
    }
    return 0;
}
