/*
 * exhaust [KIB]      takes memory in blocks of KIB kibibytes (1024) and writes to all of it until malloc returns NULL;
 *                    says how much it got, gives it all back, and ends well.
 * exhaust for-ever   takes all that malloc gives, in ever smaller blocks, and writes to it again and again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB 1024ul

struct block {
    struct block *next;
    size_t bytes; /* with this head */
    char content[];
};

static struct block *blocks;

/* Add a block of `bytes` bytes to the list; tell whether there was one. */
static int take(size_t bytes)
{
    struct block *block = malloc(bytes);

    if (block == NULL)
        return 0;
    block->next = blocks;
    block->bytes = bytes;
    blocks = block;
    return 1;
}

static void take_until_null(size_t bytes)
{
    unsigned long count = 0;

    while (take(bytes)) {
        memset(blocks->content, 1, bytes - sizeof *blocks);
        count++;
    }
    printf("got %lu KiB in %lu blocks, and no more\n", count * bytes / KIB, count);
    while (blocks != NULL) {
        struct block *next = blocks->next;

        free(blocks);
        blocks = next;
    }
}

static void touch_for_ever(void)
{
    size_t total = 0;

    for (size_t bytes = 1024 * KIB * KIB; bytes >= 64 * KIB; bytes /= 2)
        while (take(bytes))
            total += bytes;
    printf("got %lu KiB, and write to it for ever\n", (unsigned long)(total / KIB));
    fflush(stdout);
    for (;;)
        for (struct block *block = blocks; block != NULL; block = block->next)
            for (size_t i = 0; i < block->bytes - sizeof *block; i += 4 * KIB)
                ((volatile char *)block->content)[i]++;
}

int main(int argc, char **argv)
{
    unsigned long kib = 1024;

    if (argc == 2 && strcmp(argv[1], "for-ever") == 0)
        touch_for_ever();
    if (argc == 2)
        kib = strtoul(argv[1], NULL, 10);
    if (argc > 2 || kib == 0) {
        fprintf(stderr, "usage: exhaust [KIB|for-ever]\n");
        return 2;
    }
    take_until_null(kib * KIB);
    return 0;
}
