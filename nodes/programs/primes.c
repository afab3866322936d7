/*
 * primes LIMIT: prints how many primes there are below LIMIT.
 *
 * Pure computation: it divides every number by each prime found before it, until one divides it. That is simple and
 * slow, as a workload should be; the work grows almost with the square of LIMIT.
 *
 * Its memory is a table with 8 bytes for each number: 40 pages for the numbers below 20000. All of it is written at
 * the start, and then once more from its beginning to its end, with the computation.
 */
#include "common.h"

#define HOW "primes LIMIT    (LIMIT from 0 to 10000000)"

int main(int argc, char **argv)
{
    unsigned long limit, count = 0;
    unsigned long *divisor; /* the least divisor of n above 1 is divisor[n] */
    unsigned *prime;        /* the primes found so far: prime[0] .. prime[count - 1] */

    if (argc != 2)
        usage(HOW);
    limit = number(argv[1], 0, 10000000, HOW);

    divisor = memory((limit + 1) * sizeof *divisor);
    prime = memory((limit / 2 + 1) * sizeof *prime); /* at most every second number is one */
    for (unsigned long n = 0; n < limit; n++)
        divisor[n] = n; /* until another one is found */

    for (unsigned long n = 2; n < limit; n++) {
        unsigned long i = 0;

        while (i < count && n % prime[i] != 0)
            i++;
        if (i < count)
            divisor[n] = prime[i];
        if (divisor[n] == n)
            prime[count++] = (unsigned)n;
    }

    printf("%lu\n", count);
    free(prime);
    free(divisor);
    return 0;
}
