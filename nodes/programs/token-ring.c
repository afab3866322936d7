/*
 * token-ring MEMBERS ROUNDS WORK: one of MEMBERS processes that pass a token round in a ring, and can lose it.
 *
 * The process's name says which: T2 is member 2 of ring T. Member 1 makes the token and declares it to the kernel as `token`, which goes
 * with each message. It goes round ROUNDS times, and every member computes WORK steps while it holds it. A member that gets SIGUSR1 drops
 * the token the next time it has it: then nobody has it, and all wait for ever.
 */
#include <signal.h>

#include "talk.h"

#define HOW                                                                                                  \
    "token-ring MEMBERS ROUNDS WORK    (MEMBERS from 2 to 1000, ROUNDS and WORK from 0 to 1000000000; the process is " \
    "called NAME1, NAME2, ...)"
#define TOKEN "token"

static volatile sig_atomic_t drops;

static void drop(int signal)
{
    (void)signal;
    drops = 1;
}

static void compute(unsigned long steps)
{
    for (volatile unsigned long i = 0; i < steps; i++)
        continue;
}

/* Receive the token; a signal that ends the wait does not end the waiting. */
static void receive(int previous, uint64_t *passes)
{
    long size;

    while ((size = tuiclu_link_receive(previous, passes, sizeof *passes, LINK_WAIT)) == -EINTR)
        continue;
    must("receive", size);
}

int main(int argc, char **argv)
{
    char ring[LINK_NAME_MAX + 1], name[LINK_NAME_MAX + 1];
    unsigned long members, member, rounds, work, held = 0;
    uint64_t passes = 0;
    struct sigaction action = {.sa_handler = drop};
    int next, previous;

    if (argc != 4 || my_number(ring) == 0)
        usage(HOW);
    members = number(argv[1], 2, 1000, HOW);
    member = my_number(ring);
    if (member > members)
        usage(HOW);
    rounds = number(argv[2], 0, 1000000000, HOW);
    work = number(argv[3], 0, 1000000000, HOW);
    sigaction(SIGUSR1, &action, NULL);

    must("declare", tuiclu_declare(TOKEN, member == 1));
    must("publish", tuiclu_publish(numbered(name, ring, member)));
    next = (int)must("connect", tuiclu_link_connect_name(numbered(name, ring, member % members + 1)));
    previous = (int)must("accept", tuiclu_link_accept(LINK_WAIT));

    for (unsigned long round = 0; round < rounds; round++) {
        if (member != 1 || round != 0)
            receive(previous, &passes);
        held++;
        compute(work);
        if (drops) {
            must("declare", tuiclu_declare(TOKEN, 0));
            printf("token-ring: member %lu has dropped the token\n", member);
            fflush(stdout);
            receive(previous, &passes);
        }
        passes++;
        must("send", tuiclu_link_send_amount(next, &passes, sizeof passes, LINK_WAIT, TOKEN, 1));
    }
    if (member == 1 && rounds > 0) {
        receive(previous, &passes);
        printf("token-ring: %llu passes\n", (unsigned long long)passes);
    }
    printf("token-ring: member %lu held the token %lu times\n", member, held);
    return 0;
}
