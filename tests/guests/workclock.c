/*
 * workclock TICKS: lets timers that count its own work go off while it works, sleeps, and works on.
 *
 * Prints how much it had done at each tick, in rounds of a loop: what it has worked, not what time it is, decides.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MOST 64

static volatile uint64_t rounds;
static volatile sig_atomic_t ticks, profiled;
static volatile uint64_t at[MOST], profiled_at[MOST];

static void tick(int signal)
{
    if (signal == SIGVTALRM && ticks < MOST)
        at[ticks++] = rounds;
    else if (signal == SIGPROF && profiled < MOST)
        profiled_at[profiled++] = rounds;
}

int main(int argc, char **argv)
{
    int wanted = argc > 1 ? atoi(argv[1]) : 5, exact = argc > 2;
    struct itimerval often = {{0, 4000}, {0, 3000}}, once = {{0, 0}, {0, 10000}}, left;
    struct timespec nap = {0, 30000000};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = tick;
    sigaction(SIGVTALRM, &action, NULL);
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_VIRTUAL, &often, NULL);
    setitimer(ITIMER_PROF, &once, NULL);
    nanosleep(&nap, NULL);
    printf("asleep: %d ticks\n", ticks);
    getitimer(ITIMER_VIRTUAL, &left);
    printf("left: %s\n", left.it_value.tv_usec > 0 ? "some" : "none");
    while (ticks < wanted)
        rounds++;
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){{0, 0}, {0, 0}}, &left);
    printf("%d ticks, %s\n", ticks, profiled == 1 && at[0] < at[1] ? "in order" : "wrong");
    if (exact) {
        for (int i = 0; i < wanted; i++)
            printf("%llu ", (unsigned long long)at[i]);
        printf("and %llu\n", (unsigned long long)profiled_at[0]);
    }
    return 0;
}
