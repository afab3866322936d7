/*
 * sort N: fills an array with N pseudo-random numbers, sorts it with the library's qsort, and prints whether it is
 * sorted now and a checksum of its contents in their order.
 *
 * Sorting writes every page of the array, many times: the workload whose pages are always dirty. The array takes 8
 * bytes a number.
 */
#include <stdint.h>

#include "common.h"

#define HOW "sort N    (N from 1 to 10000000)"

/* The next number of a linear congruential generator (Knuth's MMIX); its upper bits are the good ones. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    unsigned long n;
    uint64_t *values, state = 1, checksum = 0;
    int sorted = 1;

    if (argc != 2)
        usage(HOW);
    n = number(argv[1], 1, 10000000, HOW);

    values = memory(n * sizeof *values);
    for (unsigned long i = 0; i < n; i++)
        values[i] = next_random(&state);

    qsort(values, n, sizeof *values, compare);

    for (unsigned long i = 0; i < n; i++) {
        if (i > 0 && values[i - 1] > values[i])
            sorted = 0;
        checksum = checksum * 31 + values[i];
    }
    printf("%s %016llx\n", sorted ? "sorted" : "NOT sorted", (unsigned long long)checksum);
    free(values);
    return sorted ? 0 : 1;
}
