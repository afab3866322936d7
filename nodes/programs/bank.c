/*
 * bank INITIAL TRANSFERS BRANCHES SEED PAUSE_US AMOUNT: one branch of a bank that has BRANCHES of them.
 *
 * The process's name says which: B3 is branch 3 of bank B. Each branch has a link with every other one and INITIAL in its till. TRANSFERS
 * times it sends AMOUNT (0: a random part of what it has) to another branch, drawn from SEED, and takes what comes meanwhile; between two
 * transfers it lets PAUSE_US microseconds pass. It declares what it has, and what goes with each message, to the kernel as `money`: no
 * transfer changes the sum over tills and messages. In the end each prints what it has, and branch 1, which is told of all tills, their sum.
 */
#include <time.h>

#include "talk.h"

#define HOW                                                                                                 \
    "bank INITIAL TRANSFERS BRANCHES SEED PAUSE_US AMOUNT    (BRANCHES from 2 to 32; INITIAL, TRANSFERS, SEED, " \
    "PAUSE_US and AMOUNT from 0 to 1000000000; the process is called NAME1, NAME2, ...)"
#define MONEY "money"
#define MOST_BRANCHES 32

enum kind { HELLO, TRANSFER, NO_MORE, TILL };

struct message {
    uint32_t kind;
    uint32_t branch;
    int64_t amount;
};

static int links[MOST_BRANCHES], listens[MOST_BRANCHES];
static unsigned long branches, branch;
static int64_t till, tills;
static unsigned long sending, telling; /* branches that still send money; tills of which branch 1 has not heard */
static uint64_t state;

/* The next pseudo-random number (splitmix64). */
static uint64_t drawn(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Open a link with every other branch: the later one asks, and says who it is. */
static void meet(const char *bank)
{
    char name[LINK_NAME_MAX + 1];
    struct message message = {HELLO, (uint32_t)branch, 0};

    must("publish", tuiclu_publish(numbered(name, bank, branch + 1)));
    for (unsigned long other = 0; other < branch; other++) {
        links[other] = (int)must("connect", tuiclu_link_connect_name(numbered(name, bank, other + 1)));
        must("send", tuiclu_link_send(links[other], &message, sizeof message, LINK_WAIT));
    }
    for (unsigned long left = branches - branch - 1; left > 0; left--) {
        int link = (int)must("accept", tuiclu_link_accept(LINK_WAIT));

        must("receive", tuiclu_link_receive(link, &message, sizeof message, LINK_WAIT));
        links[message.branch] = link;
    }
}

/* Take one message, if one comes within `timeout_ns`; return whether one did. */
static int take(int64_t timeout_ns)
{
    int open[MOST_BRANCHES], count = 0, ready;
    unsigned long of[MOST_BRANCHES];
    struct message message;

    for (unsigned long other = 0; other < branches; other++)
        if (listens[other]) {
            of[count] = other;
            open[count++] = links[other];
        }
    ready = tuiclu_link_select(open, count, timeout_ns);
    if (ready == -ETIMEDOUT || ready == -EAGAIN)
        return 0;
    must("select", ready);
    must("receive", tuiclu_link_receive(open[ready], &message, sizeof message, LINK_WAIT));
    if (message.kind == TRANSFER)
        till += message.amount;
    if (message.kind == NO_MORE) {
        sending--;
        listens[of[ready]] = branch == 0;
    }
    if (message.kind == TILL) {
        tills += message.amount;
        telling--;
        listens[of[ready]] = 0;
    }
    return 1;
}

/* Send a message with money to another branch; while the queue is full, take what comes, so that nobody waits for another in a circle. */
static void say(unsigned long other, enum kind kind, int64_t amount, int64_t money)
{
    struct message message = {(uint32_t)kind, (uint32_t)branch, amount};
    long sent;

    while ((sent = tuiclu_link_send_amount(links[other], &message, sizeof message, 0, MONEY, money)) == -EAGAIN)
        take(1000000);
    must("send", sent);
    till -= money;
}

/* Send something to somebody: `amount`, or (0) a random part of what is in the till. What is not there cannot be sent. */
static void transfer(int64_t amount)
{
    unsigned long other = drawn() % (branches - 1);
    uint64_t draw = drawn();

    if (amount == 0 && till > 0)
        amount = 1 + (int64_t)(draw % (uint64_t)(till / 2 + 1));
    if (amount > 0 && amount <= till)
        say(other + (other >= branch), TRANSFER, amount, amount);
}

int main(int argc, char **argv)
{
    char bank[LINK_NAME_MAX + 1];
    unsigned long transfers, pause_us, seed;
    int64_t amount;

    if (argc != 7 || my_number(bank) == 0)
        usage(HOW);
    branches = number(argv[3], 2, MOST_BRANCHES, HOW);
    branch = my_number(bank) - 1;
    if (branch >= branches)
        usage(HOW);
    till = (int64_t)number(argv[1], 0, 1000000000, HOW);
    transfers = number(argv[2], 0, 1000000000, HOW);
    seed = number(argv[4], 0, 1000000000, HOW);
    pause_us = number(argv[5], 0, 1000000000, HOW);
    amount = (int64_t)number(argv[6], 0, 1000000000, HOW);
    state = seed * MOST_BRANCHES + branch;
    sending = telling = branches - 1;
    for (unsigned long other = 0; other < branches; other++)
        listens[other] = other != branch;

    must("declare", tuiclu_declare(MONEY, till));
    meet(bank);
    for (unsigned long i = 0; i < transfers; i++) {
        int64_t until_ns = now_ns() + (int64_t)pause_us * 1000, left_ns;

        while ((left_ns = until_ns - now_ns()) > 0)
            take(left_ns);
        while (take(0))
            continue;
        transfer(amount);
    }
    for (unsigned long other = 0; other < branches; other++)
        if (other != branch)
            say(other, NO_MORE, 0, 0);
    while (sending > 0)
        take(LINK_WAIT);
    if (branch == 0) {
        while (telling > 0)
            take(LINK_WAIT);
        printf("bank: %lu branches have %lld\n", branches, (long long)(till + tills));
    } else {
        printf("bank: branch %lu has %lld\n", branch + 1, (long long)till);
        say(0, TILL, till, 0);
    }
    return 0;
}
