/*
 * timekeeper TICKS: counts the ticks of an interval timer with a handler, and computes meanwhile; prints how many came.
 *
 * What it computes is written by the handler and by the main program in turn, so registers that a handler spoils change the result.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks;

static void tick(int signal)
{
    volatile uint64_t scratch[32];

    for (int i = 0; i < 32; i++)
        scratch[i] = (uint64_t)signal * 0x9e3779b97f4a7c15u + (uint64_t)i;
    ticks += scratch[31] != 0;
}

int main(int argc, char **argv)
{
    int wanted = argc > 1 ? atoi(argv[1]) : 10;
    uint64_t one = 1, other = 2, rounds = 0;
    struct itimerval times = {{0, 10000}, {0, 10000}};
    struct sigaction action = {0};

    action.sa_handler = tick;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &times, NULL);
    while (ticks < wanted) {
        one = one * 6364136223846793005u + 1;
        other = other * 6364136223846793005u + 1;
        rounds++;
    }
    for (uint64_t i = 0; i < rounds; i++)
        other -= 0; /* the same number of rounds for both */
    printf("%d ticks, %s\n", wanted, one != other && rounds > 0 ? "computed" : "spoilt");
    {
        uint64_t check = 1, second = 2;

        for (uint64_t i = 0; i < rounds; i++) {
            check = check * 6364136223846793005u + 1;
            second = second * 6364136223846793005u + 1;
        }
        printf("%s\n", check == one && second == other ? "right" : "wrong");
    }
    return 0;
}
