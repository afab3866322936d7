/*
 * resting: stops itself by a signal, and says when it goes on; somebody has to send it SIGCONT, three times.
 *
 * What comes while it is stopped waits: a timer goes off meanwhile, and its handler runs when it is continued.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms, continued;

static void note(int signal)
{
    if (signal == SIGALRM)
        alarms++;
    else
        continued++;
}

int main(void)
{
    struct itimerval soon = {{0, 0}, {0, 1000}};
    struct timespec nap = {0, 2000000};
    struct sigaction action;
    sigset_t set, old;

    setvbuf(stdout, NULL, _IOLBF, 0);
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGCONT, &action, NULL);
    printf("one\n");
    raise(SIGSTOP);
    printf("two: continued %d\n", continued);
    setitimer(ITIMER_REAL, &soon, NULL);
    raise(SIGTSTP);
    printf("three: alarms %d, continued %d\n", alarms, continued);
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGTTIN);
    printf("not yet\n");
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("four: continued %d\n", continued);
    signal(SIGTSTP, SIG_IGN);
    raise(SIGTSTP);
    sigaddset(&set, SIGCONT);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGTTIN);
    raise(SIGCONT); /* takes the other one back */
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("five: continued %d\n", continued);
    nanosleep(&nap, NULL);
    return 0;
}
