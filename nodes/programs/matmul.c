/*
 * matmul N: multiplies two matrices of N times N integers and prints a checksum of the product.
 *
 * One matrix is read along its rows, which is kind to pages, the other along its columns, which is not: of a large
 * matrix, every step down a column is a step to another page. Numbers wrap around at 2 to the power of 64.
 */
#include <stdint.h>

#include "common.h"

#define HOW "matmul N    (N from 1 to 2000)"

int main(int argc, char **argv)
{
    unsigned long n;
    uint64_t *a, *b, *product, checksum = 0;

    if (argc != 2)
        usage(HOW);
    n = number(argv[1], 1, 2000, HOW);

    a = memory(n * n * sizeof *a);
    b = memory(n * n * sizeof *b);
    product = memory(n * n * sizeof *product);
    for (unsigned long i = 0; i < n * n; i++) {
        a[i] = i % 1000 + 1;
        b[i] = i * i % 1000 + 1;
    }

    for (unsigned long row = 0; row < n; row++) {
        for (unsigned long column = 0; column < n; column++) {
            uint64_t sum = 0;

            for (unsigned long i = 0; i < n; i++)
                sum += a[row * n + i] * b[i * n + column];
            product[row * n + column] = sum;
        }
    }

    for (unsigned long i = 0; i < n * n; i++)
        checksum = checksum * 31 + product[i];
    printf("%016llx\n", (unsigned long long)checksum);
    free(product);
    free(b);
    free(a);
    return 0;
}
