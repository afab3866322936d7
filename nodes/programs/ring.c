/*
 * ring PLACE SIZE ROUNDS WORK: one of SIZE processes in a ring that pass a token round.
 *
 * Each opens a link with its successor and accepts one from its predecessor. The process at place 0 makes the token; it goes round ROUNDS
 * times, and every process computes WORK steps while it holds it and adds its place. In the end each prints how often it held the token,
 * and place 0 the sum, which is known beforehand: ROUNDS * SIZE * (SIZE - 1) / 2.
 */
#include "talk.h"

#define HOW "ring PLACE SIZE ROUNDS WORK    (SIZE from 2 to 1000, PLACE below it, ROUNDS and WORK from 0 to 1000000000)"

struct token {
    uint64_t sum;
    uint64_t passes;
};

static void compute(unsigned long steps)
{
    for (volatile unsigned long i = 0; i < steps; i++)
        continue;
}

int main(int argc, char **argv)
{
    char name[LINK_NAME_MAX + 1], digits[24];
    unsigned long place, size, rounds, work, held = 0;
    struct token token = {0, 0};
    int next, previous;

    if (argc != 5)
        usage(HOW);
    size = number(argv[2], 2, 1000, HOW);
    place = number(argv[1], 0, size - 1, HOW);
    rounds = number(argv[3], 0, 1000000000, HOW);
    work = number(argv[4], 0, 1000000000, HOW);

    snprintf(digits, sizeof digits, "%lu", place);
    must("publish", tuiclu_publish(name_of(name, "ring-", digits)));
    snprintf(digits, sizeof digits, "%lu", (place + 1) % size);
    next = (int)must("connect", tuiclu_link_connect_name(name_of(name, "ring-", digits)));
    previous = (int)must("accept", tuiclu_link_accept(LINK_WAIT));

    for (unsigned long round = 0; round < rounds; round++) {
        if (place != 0 || round != 0)
            must("receive", tuiclu_link_receive(previous, &token, sizeof token, LINK_WAIT));
        compute(work);
        token.sum += place;
        token.passes++;
        held++;
        must("send", tuiclu_link_send(next, &token, sizeof token, LINK_WAIT));
    }
    if (place == 0) {
        if (rounds > 0)
            must("receive", tuiclu_link_receive(previous, &token, sizeof token, LINK_WAIT));
        printf("ring: sum %llu after %llu passes\n", (unsigned long long)token.sum, (unsigned long long)token.passes);
    }
    printf("ring: place %lu held the token %lu times\n", place, held);
    return 0;
}
