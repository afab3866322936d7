/*
 * reader FILE WORK: works through a file that lies on some node, from its beginning to its end.
 *
 * It reads 4096 bytes at a time and computes WORK steps for each piece; at the end it goes back and reads the first bytes once more. It
 * prints how long the file is and a checksum of all of it. Where it runs makes no difference but in time: it pays to move it to the file.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define HOW "reader FILE WORK    (WORK from 0 to 1000000000)"

static unsigned char piece[4096];

static void compute(unsigned long steps)
{
    for (volatile unsigned long i = 0; i < steps; i++)
        continue;
}

int main(int argc, char **argv)
{
    unsigned long work, total = 0;
    uint64_t checksum = 14695981039346656037u;
    ssize_t size;
    int file;

    if (argc != 3)
        usage(HOW);
    work = number(argv[2], 0, 1000000000, HOW);
    file = open(argv[1], O_RDONLY);
    if (file < 0) {
        printf("%s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    while ((size = read(file, piece, sizeof piece)) > 0) {
        for (ssize_t i = 0; i < size; i++)
            checksum = (checksum ^ piece[i]) * 1099511628211u;
        total += (unsigned long)size;
        compute(work);
    }
    if (size < 0) {
        printf("%s: %s after %lu bytes\n", argv[1], strerror(errno), total);
        return 1;
    }
    if (lseek(file, 0, SEEK_SET) != 0 || read(file, piece, 1) != (total > 0)) {
        printf("%s: cannot be read again\n", argv[1]);
        return 1;
    }
    printf("%lu bytes, %016llx\n", total, (unsigned long long)checksum);
    close(file);
    return 0;
}
