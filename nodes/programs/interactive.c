/*
 * interactive ROUNDS THINK_MS WORK LIMIT_US REPORT: what the owner of a workstation does: thinks, then wants an answer.
 *
 * ROUNDS times it thinks (sleeps) for THINK_MS and then computes WORK steps. The response time is measured from the instant at which it
 * has done thinking, so that it includes the wait for the CPU. In the end it prints a checksum, and with REPORT not 0 also, for each quarter of the rounds, the mean and the longest response time in microseconds.
 * It ends with status 1 if LIMIT_US is not 0 and the mean of the last quarter was longer than that.
 */
#include <stdint.h>
#include <time.h>

#include "common.h"

#define HOW "interactive ROUNDS THINK_MS WORK LIMIT_US REPORT    (ROUNDS from 4 to 100000, the others from 0 to 1000000000)"

static unsigned long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)now.tv_sec * 1000000 + (unsigned long)now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    unsigned long rounds, think_ms, work, limit_us, report, mean = 0;
    unsigned long sum[4] = {0}, longest[4] = {0}, count[4] = {0};
    uint64_t value = 1;

    if (argc != 6)
        usage(HOW);
    rounds = number(argv[1], 4, 100000, HOW);
    think_ms = number(argv[2], 0, 1000000000, HOW);
    work = number(argv[3], 0, 1000000000, HOW);
    limit_us = number(argv[4], 0, 1000000000, HOW);
    report = number(argv[5], 0, 1000000000, HOW);

    for (unsigned long round = 0; round < rounds; round++) {
        unsigned long began = now_us() + think_ms * 1000, took, quarter = round * 4 / rounds;
        struct timespec then = {.tv_sec = (time_t)(began / 1000000), .tv_nsec = (long)(began % 1000000) * 1000};

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL);
        for (unsigned long i = 0; i < work; i++)
            value = value * 6364136223846793005u + round;
        took = now_us() - began;
        sum[quarter] += took;
        count[quarter]++;
        longest[quarter] ^= (longest[quarter] ^ took) & -(unsigned long)(took > longest[quarter]); /* the same steps either way */
    }
    printf("answers: %016llx\n", (unsigned long long)value);
    for (int quarter = 0; quarter < 4; quarter++) {
        mean = sum[quarter] / count[quarter];
        if (report != 0)
            printf("response times, quarter %d: mean %lu us, longest %lu us\n", quarter + 1, mean, longest[quarter]);
    }
    return limit_us != 0 && mean > limit_us;
}
